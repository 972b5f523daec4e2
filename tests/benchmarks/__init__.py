"""That the benchmarks run, and that what they compare gives the same rows; never how fast anything is."""
