"""How fast the hub is, against the least that could do the same work: `python -m benchmarks` (docs/performance.md)."""
