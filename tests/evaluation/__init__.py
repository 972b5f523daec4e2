"""Rules held against the store."""
