"""Composing all that a transaction has touched."""

from hub.sync.context import PageWork
from hub.sync.effective.customers import compose_customers
from hub.sync.effective.single import compose_rows
from hub.vocabulary import Entity


def compose(work: PageWork) -> None:
    """Compose what was left out while records landed, and what follows from it."""
    for entity, ids in list(work.composed.items()):
        if ids and entity is Entity.CUSTOMER:
            compose_customers(work, ids)
        elif ids:
            compose_rows(work, entity, ids)
