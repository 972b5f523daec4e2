"""What connectors over HTTP share: a client with time-outs, limits and redaction, tokens that rotate, and ways of paging."""
