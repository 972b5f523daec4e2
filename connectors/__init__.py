"""Connectors: one package for each kind of outside system. They know the hub only through `hub.plugins`."""
