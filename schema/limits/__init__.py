"""What an operation may cost: limits on its text, its shape and its rows, and the cache of documents that were found good."""
