"""Who is who across systems: which connection is authoritative, and that the declared connections fit together."""
