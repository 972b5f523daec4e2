"""Exports: whole lists taken out of the hub as files. What a query means comes from a plugin; here it is kept, written, given away and forgotten."""
