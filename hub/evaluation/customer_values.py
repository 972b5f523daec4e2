"""Values of fields for many customers at once, as those who ask about customers in Python are given them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from hub.evaluation.reading import Make, Value, value_maker
from hub.evaluation.rows import Rows
from hub.store.lookup import is_among
from rules.stored import Column, Elements


def read_values(connection: sa.Connection, rows: Rows, *, ids: Sequence[int], fields: Iterable[str]) -> Mapping[int, Mapping[str, Value]]:
    """The values of some fields by customer, for the customers of these ids that are there. `rows` are fresh rows of customers.

    One statement for all fields of which a customer has one value, and one for each that is a set, however many customers there are.
    """
    columns: list[Column] = [rows.key]
    makes: dict[str, Make] = {}
    sets: dict[str, Elements] = {}
    for name in fields:
        field = rows.kinds.catalogue.get(name)
        stored = rows.stored(field)
        if isinstance(stored, Elements):
            sets[name] = stored
        else:
            makes[name] = value_maker(rows, field, stored, columns=columns)
    members = {name: _members(connection, rows, elements, ids=ids) for name, elements in sets.items()}
    found: dict[int, Mapping[str, Value]] = {}
    for record in connection.execute(sa.select(*columns).select_from(rows.from_clause()).where(is_among(rows.key, ids))):
        values: dict[str, Value] = {name: make(record) for name, make in makes.items()}
        found[record[0]] = values | {name: tuple(sorted(of_all.get(record[0], ()))) for name, of_all in members.items()}
    return found


def _members(connection: sa.Connection, rows: Rows, elements: Elements, *, ids: Sequence[int]) -> Mapping[int, set[str]]:
    """The members of a set by customer."""
    found: dict[int, set[str]] = defaultdict(set)
    query = elements.rows.with_only_columns(rows.key, elements.element).where(is_among(rows.key, ids), elements.element.is_not(None)).correlate(None)
    for key, member in connection.execute(query):
        found[key].add(member)
    return found
