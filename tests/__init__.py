"""The tests, a package so that `tests.schema` is never taken for `schema`."""
