"""Single activities of every kind, for proofs: one at a time, in any order, at any instant."""
