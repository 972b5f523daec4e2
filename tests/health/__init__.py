"""Tests of the agreed formulas."""
