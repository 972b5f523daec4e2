"""Parent links that would close a cycle are found before they are written, also among customers that have not arrived."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from hub.errors import RecordError
from hub.model import Customer, ExternalReference, table_of
from hub.plugins.records import CustomerRecord
from hub.store.lookup import is_among
from hub.sync.context import Incoming, PageWork
from hub.vocabulary import Stream

_CUSTOMERS = table_of(Customer)
_REFERENCES = table_of(ExternalReference)


def refuse_cycles(work: PageWork, items: Sequence[Incoming]) -> tuple[list[Incoming], list[tuple[Incoming, RecordError]]]:
    """Split customers into those that can land and those whose parent link would close a cycle, with the reason (B43).

    Links are followed by external id within the connection, so that a parent that is still to come is seen too.
    """
    parents = {item.external_id: parent for item in items if (parent := _parent(item)) is not None}
    if not parents:
        return list(items), []
    kept = _ancestors(work, parents)
    accepted = list(items)
    refused: list[tuple[Incoming, RecordError]] = []
    while True:
        accepted, more = _follow(kept, accepted)
        refused += more
        if not more:
            return accepted, refused


def _follow(kept: Mapping[str, str], items: Sequence[Incoming]) -> tuple[list[Incoming], list[tuple[Incoming, RecordError]]]:
    """One look at all of them together: what they say replaces what is kept. What is refused keeps its old link, so that the rest is looked at again."""
    coming = {item.external_id for item in items}
    links = {name: parent for name, parent in kept.items() if name not in coming}
    accepted: list[Incoming] = []
    refused: list[tuple[Incoming, RecordError]] = []
    for item in items:
        parent = _parent(item)
        path = [] if parent is None else _path_to(item.external_id, parent, links)
        if path:
            reason = f"the parent link would close a cycle: {' → '.join([item.external_id, *path])}"
            refused.append((item, RecordError(reason, reference=item.external_id, field="parent")))
            continue
        if parent is not None:
            links[item.external_id] = parent
        accepted.append(item)
    return accepted, refused


def _path_to(goal: str, start: str, links: Mapping[str, str]) -> list[str]:
    """The chain of parents from `start` up to `goal`; empty when it does not lead there."""
    path = [start]
    seen = {start}
    while path[-1] != goal:
        following = links.get(path[-1])
        if following is None or following in seen:
            return []
        seen.add(following)
        path.append(following)
    return path


def _ancestors(work: PageWork, parents: Mapping[str, str]) -> dict[str, str]:
    """The kept parent links of everything that the incoming customers and their parents lead to, level by level."""
    links: dict[str, str] = {}
    wanted = {*parents, *parents.values()}
    while wanted:
        found = _kept_links(work, wanted)
        links |= found
        wanted = {parent for parent in found.values() if parent not in links and parent not in wanted}
    return links


def _kept_links(work: PageWork, external_ids: set[str]) -> dict[str, str]:
    statement = (
        sa.select(_REFERENCES.c.external_id, _CUSTOMERS.c.parent_external_id)
        .join(_CUSTOMERS, _CUSTOMERS.c.id == sa.func.coalesce(_REFERENCES.c.home_id, _REFERENCES.c.entity_id))
        .where(
            _REFERENCES.c.connection_id == work.run.connection_id,
            _REFERENCES.c.stream == Stream.CUSTOMERS,
            _CUSTOMERS.c.parent_external_id.is_not(None),
            is_among(_REFERENCES.c.external_id, external_ids),
        )
    )
    return {row[0]: row[1] for row in work.connection.execute(statement)}


def _parent(item: Incoming) -> str | None:
    record = item.record
    return record.parent_external_id if isinstance(record, CustomerRecord) else None
