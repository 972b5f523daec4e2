"""A small file of invoices with its mapping, for tests of imports."""

from tests.console import Console

MAPPING = """
date_order = "YMD"
currency = "EUR"

[[parts]]
record = "customer"
fields.external_id = "Customer"
fields.name = "Name"

[[parts]]
record = "invoice"
fields.external_id = "Number"
fields.number = "Number"
fields.customer_external_id = "Customer"
fields.document_date = "Date"
fields.due_date = "Due"
fields.total = "Total"
"""
PARENTS = """
[[parts]]
record = "customer"
fields.external_id = "Customer"
fields.name = "Name"
fields.parent_external_id = "Parent"
"""
HEADER = "Number,Customer,Name,Date,Due,Total\n"
GOOD = "A1,C1,Ada,2026-01-02,2026-02-01,100.00\nA2,C1,Ada,2026-01-09,2026-02-08,50.25\nA3,C2,Bo,2026-01-09,2026-02-08,7.00\n"
BROKEN = "A4,C1,Ada,2026-13-02,2026-02-02,100.00\nA5,C2,Bo,2026-01-02,2026-02-02,12x\nA6,C2\n"


def with_books(console: Console) -> Console:
    """The same workspace with a mapping and a file of three invoices, not yet imported."""
    console.write("books.toml", MAPPING)
    console.write("books.csv", HEADER + GOOD)
    return console
