"""Rules held against rows: what the specification says of each, in plain Python, and what the store says."""
