"""Tests on real data, which are not part of the project; each says visibly when they are not at hand."""
