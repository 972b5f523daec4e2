"""Tests of connectors/declared_rates."""
