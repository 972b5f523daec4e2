"""What is done with documents and money. No deed decides whether to be done; each keeps the ledger within its rules."""
