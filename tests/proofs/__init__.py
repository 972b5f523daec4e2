"""Proofs: whatever happens in the sandbox and to the hub, the store ends equal to the sandbox's ledger."""
