"""Tests of what connectors over HTTP share."""
