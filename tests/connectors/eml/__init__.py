"""Tests of connectors/eml."""
