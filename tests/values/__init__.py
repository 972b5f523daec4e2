"""Tests of the values that everything stands on: money, clock, vocabularies, tables."""
