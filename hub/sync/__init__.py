"""Sync: pages of records become rows, with their checkpoint, in one transaction; nothing is lost, nothing is done twice."""
