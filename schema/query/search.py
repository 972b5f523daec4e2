"""`search`: one box over customers, contacts, invoices, credit notes and payments (ST21).

Each place that is searched is a range of an index over the start of a text, so that the time does not grow with the tables.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLObjectType

from hub.errors import RequestError
from hub.model import Contact, CreditNote, Customer, Invoice, Payment
from schema.plan.declaring import expression_of
from schema.plan.filters import plain
from schema.plan.mapping import Argument, RowType, Scope
from schema.plan.reading import Reading
from schema.plan.rows import Fetched
from schema.plan.selection import Selected
from schema.plan.text import byte_order, starts_with, storable
from schema.query.root import Root, RootField
from schema.rows.catalogue import ROW_TYPES

DEFAULT_HITS, MAX_HITS = 10, 50
LONGEST_TEXT = 200

Variants = Callable[[str], Sequence[str]]


def _folded(text: str) -> Sequence[str]:
    return (text.casefold(),)


def _as_written(text: str) -> Sequence[str]:
    """Numbers are kept as their source writes them: as typed, in capitals, in small letters."""
    return tuple(dict.fromkeys((text, text.upper(), text.lower())))


@dataclass(frozen=True, slots=True)
class SearchPlace:
    """One text that is searched: whose, which column holds it, which is shown, and how a query is spelled there."""

    type_name: str
    field: str
    searched: object
    shown: object
    variants: Variants


PLACES: tuple[SearchPlace, ...] = (
    SearchPlace("Customer", "NAME", Customer.search_name, Customer.name, _folded),
    SearchPlace("Customer", "TAX_ID", Customer.tax_id, Customer.tax_id, _as_written),
    SearchPlace("Contact", "NAME", Contact.search_name, Contact.name, _folded),
    SearchPlace("Contact", "EMAIL", Contact.email, Contact.email, _as_written),
    SearchPlace("Invoice", "NUMBER", Invoice.number, Invoice.number, _as_written),
    SearchPlace("CreditNote", "NUMBER", CreditNote.number, CreditNote.number, _as_written),
    SearchPlace("Payment", "REFERENCE", Payment.reference, Payment.reference, _as_written),
)
"""What is searched, in the order in which hits of the same quality come."""

SUBJECTS: tuple[str, ...] = tuple(dict.fromkeys(place.type_name for place in PLACES))
"""The types that can be found."""

FIELDS = {
    "NAME": "The name of a customer or contact.",
    "TAX_ID": "The tax number of a customer.",
    "EMAIL": "The e-mail address of a contact.",
    "NUMBER": "The number of an invoice or credit note.",
    "REFERENCE": "The reference of a payment.",
}
"""The members of SearchField."""

KINDS = {
    "CUSTOMERS": "Customers.",
    "CONTACTS": "Contacts.",
    "INVOICES": "Invoices and other debits.",
    "CREDIT_NOTES": "Credit notes.",
    "PAYMENTS": "Payments.",
}
"""The members of SearchKind, in the order of SUBJECTS."""

_BY_KIND = dict(zip(KINDS, SUBJECTS, strict=True))


@dataclass(frozen=True, slots=True)
class Hit:
    """One row that was found."""

    type_name: str
    key: int
    field: str
    text: str


def _search(root: Root) -> list[Fetched]:
    path = root.selected.argument_path("text")
    text = storable(root.arguments["text"].strip(), path)
    if not 1 <= len(text) <= LONGEST_TEXT:
        message = f"`text` must have from 1 to {LONGEST_TEXT} characters."
        raise RequestError(message, path=path)
    first: int = root.arguments["first"]
    if not 0 <= first <= MAX_HITS:
        message = f"`first` is {first}; it must be from 0 to {MAX_HITS}."
        raise RequestError(message, path=root.selected.argument_path("first"))
    kinds = root.arguments.get("kinds")
    wanted = SUBJECTS if kinds is None else tuple(_BY_KIND[plain(kind)] for kind in kinds)
    places = [place for place in PLACES if place.type_name in wanted]
    hits = find_hits(root.session.connection, root.reading(), text, places=places, limit=first) if places and first else []
    return _shown(root, hits)


def find_hits(connection: sa.Connection, reading: Reading, text: str, *, places: Sequence[SearchPlace], limit: int) -> list[Hit]:
    """The best hits in one statement: whole texts first, then by place, then by text; each row once."""
    arms = [_arm(place, position, ROW_TYPES[place.type_name], reading=reading, text=text, limit=limit) for position, place in enumerate(places)]
    statement = sa.union_all(*(sa.select(arm.subquery()) for arm in arms))
    rows: list[tuple[int, int, str]] = [(position, key, found) for position, key, found in connection.execute(statement)]
    rows.sort(key=lambda row: (row[2].casefold() != text.casefold(), row[0], row[2].casefold(), row[1]))
    found: dict[tuple[str, int], Hit] = {}
    for position, key, matched in rows:
        place = places[position]
        found.setdefault((place.type_name, key), Hit(place.type_name, key, field=place.field, text=matched))
    return list(found.values())[:limit]


def _arm(place: SearchPlace, position: int, row_type: RowType, *, reading: Reading, text: str, limit: int) -> sa.Select[*tuple[Any, ...]]:
    scope = Scope(row_type, reading)
    searched, shown = expression_of(place.searched)(scope), expression_of(place.shown)(scope)
    starts = sa.or_(*(starts_with(searched, variant) for variant in place.variants(text)))
    visible = [row_type.readable(reading.principal, scope.rows), *(hidden(scope) for hidden in row_type.hidden.values())]
    return (
        sa.select(sa.literal(position).label("place"), scope.key.label("key"), shown.label("text"))
        .select_from(scope.from_clause())
        .where(starts, *visible)
        .order_by(byte_order(searched), scope.key)
        .limit(limit)
    )


def _shown(root: Root, hits: Sequence[Hit]) -> list[Fetched]:
    kind = root.planner.schema.type_map["SearchHit"]
    if not isinstance(kind, GraphQLObjectType):
        message = "SearchHit is no object type"
        raise TypeError(message)
    shown: list[Fetched] = [{} for _ in hits]
    for child in root.selected.children_of(kind):
        values = _subjects(root, child, hits) if child.name == "subject" else [getattr(hit, child.name) for hit in hits]
        for row, value in zip(shown, values, strict=True):
            row[child.key] = value
    return shown


def _subjects(root: Root, child: Selected, hits: Sequence[Hit]) -> list[Fetched]:
    """The rows of the hits, with one statement for each type among them."""
    found: dict[tuple[str, int], Fetched] = {}
    for type_name in dict.fromkeys(hit.type_name for hit in hits):
        plan = root.planner.lookup(child, root.types[type_name], root.reading(), has_one_parent=False)
        keys = [hit.key for hit in hits if hit.type_name == type_name]
        found |= {(type_name, key): row for key, row in plan.load(root.session, keys).items()}
    return [found[hit.type_name, hit.key] for hit in hits]


SEARCH: dict[str, RootField] = {
    "search": RootField(
        type="[SearchHit!]",
        description="Whatever has a name, number, address or reference that starts with a text; the best hits first.",
        arguments={
            "text": Argument("String!", f"The text: 1 to {LONGEST_TEXT} characters; upper and lower case are the same in names."),
            "kinds": Argument("[SearchKind!]", "Where to look; without it everywhere."),
            "first": Argument("Int!", f"How many hits: 0 to {MAX_HITS}.", DEFAULT_HITS),
        },
        answer=_search,
        cost=10,
    )
}
