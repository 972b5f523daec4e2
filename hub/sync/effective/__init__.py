"""What counts of rows whose values follow from more than one record: of customers that are one, and where people have set a value.

Landing writes to each row what its own source says. Rows that others have a say in are left out there and composed here, once a page,
from what all their sources said last; so it does not matter in which order they said it, nor what was merged when.
"""
