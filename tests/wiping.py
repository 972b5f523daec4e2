"""An empty database again, for the next example of a property."""

import sqlalchemy as sa

from hub.model import METADATA
from hub.store.engine import Store

_OF_CUSTOMERS = {"parent_id": None, "bill_to_id": None, "merged_into_id": None}


def wipe(store: Store) -> None:
    """Delete all rows of all tables."""
    with store.write() as connection:
        for table in reversed(METADATA.sorted_tables):
            if table.name == "customer":
                connection.execute(sa.update(table).values(**_OF_CUSTOMERS))
            connection.execute(sa.delete(table))
