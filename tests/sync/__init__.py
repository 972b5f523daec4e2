"""Tests of hub/sync: records become rows, once."""
