"""Mutations: each declared as data here, and done by a command of the hub."""
