"""Feeds and cursors of subscriptions."""
