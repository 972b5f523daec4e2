"""Tests of the sandbox's server, on systems made by hand."""
