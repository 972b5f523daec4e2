"""Finding customers that are the same."""
