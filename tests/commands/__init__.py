"""Tests of hub/commands."""
