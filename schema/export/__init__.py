"""Exports: from the text of a query to all objects of one list, page by page, by the same execution that answers requests."""
