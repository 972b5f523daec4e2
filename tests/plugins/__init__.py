"""Tests of hub/plugins."""
