"""Holds, promises, disputes, arrangements and write-offs: what is agreed or stopped about a debt."""
