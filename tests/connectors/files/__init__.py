"""Tests of the connector for files."""
