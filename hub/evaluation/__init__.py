"""Rules held against the store: which rows they are about, where each field of the catalogue is found, and what comes of it."""
