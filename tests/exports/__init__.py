"""Tests of hub/exports: how values are written."""
