"""Tests of hub/config."""
