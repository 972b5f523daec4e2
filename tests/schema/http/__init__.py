"""Tests of the HTTP view, on a schema that is only there for them."""
