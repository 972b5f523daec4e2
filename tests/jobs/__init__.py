"""Tests of hub/jobs: every job is done, and what it does is done once."""
