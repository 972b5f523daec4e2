"""Tests of the composition root, on the real plugins and databases."""
