"""Tests of schema/export and hub/exports together: what is asked for as a query comes out as a file."""
