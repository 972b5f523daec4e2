"""Commands: what people and programs can have the hub do. Each is one function on a write transaction, and `running` does all around it."""
