"""The types over our tables: one module a noun, each a table of fields."""
