"""Files that callers of the API bring in: the bytes that they send, previews, and imports as jobs."""
