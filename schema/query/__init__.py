"""The root fields of queries: each reads its whole selection, and fetches it set by set."""
