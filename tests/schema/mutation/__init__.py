"""Tests of schema/mutation."""
