"""Tests of hub/store: transactions, bulk writes, look-ups, locks, migrations."""
