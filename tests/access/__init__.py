"""Tests of hub/access."""
