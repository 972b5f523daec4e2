"""Rows that rules are held against, and what is joined to them because a field asked.

A field says where it is found as `relation.column`. A relation is the table itself, something joined to it with at most one row for each, or a
function of the row; the modules beside this one declare them for each level.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel.sql.sqltypes import UTCDateTime

from hub.evaluation.facts import Facts
from hub.evaluation.grouping import grouped
from rules.comparing import Predicate
from rules.compiling import Compiler, Totals
from rules.dialects import json_text
from rules.fields import Currency, Field, FieldCatalogue, FieldType, Level
from rules.model import Expression, Total
from rules.stored import Age, Column, Elements, Instant, Minor, Numeral, Plain, Ratio, Stored

_PERCENT = "%"
_CUSTOM = "custom"
_CUSTOM_ENTRY = f".{_CUSTOM}."
_LONG, _SHORT, _SHORTEST = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])", "(0[469]|11)-(0[1-9]|[12][0-9]|30)", "02-(0[1-9]|1[0-9]|2[0-8])"
_FOURTHS = "(0[48]|[2468][048]|[13579][26])"
_LEAP_DAY = f"([0-9]{{2}}{_FOURTHS}|{_FOURTHS}00)-02-29"
_ISO_DAY = rf"\A(?!0000)([0-9]{{4}}-({_LONG}|{_SHORT}|{_SHORTEST})|{_LEAP_DAY})\Z"
_WHOLE = r"\A[+-]?[0-9]{1,15}\Z"
"""No longer than that thousands of them can be added up."""

_MOST_KNOWN = 10
"""Of how many kinds and days it is kept what statements share: a handful of kinds, today and yesterday."""

_YES, _NO = ("true", "1"), ("false", "0")

Join = Callable[["Rows"], tuple[sa.FromClause, sa.ColumnElement[bool]]]
"""What is joined to rows, at most one for each, and on what: on nothing else that is joined."""

Owned = tuple[sa.ColumnElement[bool], Column]
"""Which rows belong to another level's row, and the column of its key."""

K = TypeVar("K")
V = TypeVar("V")

Joined = dict[sa.FromClause, sa.ColumnElement[bool]]
"""What is joined, in this order, and on what."""

Formula = Callable[["Rows"], Column | Elements | Age]
"""A value of a row that no column has."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """Rows of one level: how they are read, and where their fields are found. Two are the same when they are one object.

    `owned` reads the rows that belong to another level's row, by the level of the owner.
    `is_named`: messages, promises, attempts and the like name these rows by their key. `others` selects the customers, besides those of the facts, whose
    rows may be among those that belong to an invoice: others can pay it; None: there are none.
    """

    level: Level
    name: str
    read: Callable[[Facts], sa.FromClause]
    joins: Mapping[str, Join]
    formulas: Mapping[str, Mapping[str, Formula]]
    owned: Mapping[Level, Callable[["Rows"], Owned]]
    is_named: bool = True
    others: Callable[[Facts], sa.Select[tuple[int]]] | None = None


class Kinds:
    """All kinds of rows, by level; and the fields that rules ask of them; made once."""

    def __init__(self, kinds: Mapping[Level, Kind], relations: Mapping[str, Level], catalogue: FieldCatalogue) -> None:
        """`relations` are the related objects that rules ask about, by name; `catalogue` is what their fields are found in."""
        self.by_level = kinds
        self.relations = relations
        self.catalogue = catalogue
        self._of_everybody = lru_cache(_MOST_KNOWN)(partial(Known, self))

    def known(self, kind: Kind, facts: Facts) -> "Known":
        """What statements over rows of a kind share on a day; over the rows of some customers each makes its own."""
        return self._of_everybody(kind, facts) if facts.customers is None else Known(self, kind, facts)


class Known:
    """What all statements over rows of one kind share, made when it is first asked for: most of what making a statement takes is copying columns."""

    def __init__(self, kinds: Kinds, kind: Kind, facts: Facts) -> None:
        """Nothing but the rows themselves."""
        self._kinds = kinds
        self._kind = kind
        self.facts = facts
        self.rows = kind.read(facts)
        self.joins: dict[str, tuple[sa.FromClause, sa.ColumnElement[bool]]] = {}
        self.fields: dict[str, tuple[Stored, Joined]] = {}
        self.owners: dict[Level, tuple[Owned, Joined]] = {}
        self._related: dict[Level, Known] = {}

    def related(self, level: Level) -> "Known":
        """The same of the rows of another level that belong to these."""
        if level not in self._related:
            self._related.setdefault(level, self._kinds.known(self._kinds.by_level[level], self.facts))
        return self._related[level]

    @cached_property
    def customer(self) -> "Known":
        """The same of the customers whose rows they are."""
        facts = self.facts if self._kind.others is None else self.facts.with_customers(self._kind.others(self.facts))
        return self._kinds.known(self._kinds.by_level[Level.CUSTOMER], facts)


class Rows:
    """Rows of one kind in one statement."""

    def __init__(self, kinds: Kinds, kind: Kind, facts: Facts, *, known: Known | None = None, is_joined: bool = False) -> None:
        """Rows to which nothing is joined yet. `known` is what other statements know of them; None: what the kinds say.

        `is_joined`: they are joined to others, and may be missing there.
        """
        self.kinds = kinds
        self.kind = kind
        self.facts = facts
        self._known = kinds.known(kind, facts) if known is None else known
        self.rows = self._known.rows
        self._is_joined = is_joined
        self._joined: Joined = {}

    @property
    def c(self) -> Any:  # noqa: ANN401 - the columns by name
        """The columns of the row."""
        return self.rows.c

    @property
    def key(self) -> Column:
        """What identifies the row."""
        return self.c.id

    @property
    def reference(self) -> Column:
        """What other rows name the row by; NULL where none does, and the same key is that of a row of another kind."""
        return self.key if self.kind.is_named else sa.cast(sa.null(), sa.BigInteger)

    def stored(self, field: Field) -> Stored:
        """How the store holds a field. Raises LookupError where no relation or column has the name that the field gives."""
        return self._once(self._known.fields, field.id, lambda rows: _stored(rows, field))

    def _once(self, known: dict[K, tuple[V, Joined]], key: K, make: Callable[["Rows"], V]) -> V:
        """What is made once for all statements over these rows, joined with whatever was joined when it was made."""
        if key not in known:
            alone = Rows(self.kinds, self.kind, self.facts, known=self._known)
            known.setdefault(key, (make(alone), alone._joined))
        made, joined = known[key]
        self._joined.update(joined)
        return made

    def predicates(self, expressions: Sequence[Expression]) -> list[Predicate]:
        """A predicate for each rule. Ask once for all rules of a statement, before the FROM clause."""
        return Compiler(self.kinds.catalogue, self.facts.terms).predicates(expressions, self)

    def found(self, source: str) -> Column | Elements | Age:
        """What `relation.column` names; `customer.custom.region` is an entry of a JSON object. Raises LookupError."""
        relation, _, name = source.partition(".")
        formulas = self.kind.formulas.get(relation, {})
        if name in formulas:
            return self._while_there(formulas[name](self))
        if self.kind.level is not Level.CUSTOMER and relation != self.kind.name and relation not in self.kind.joins:
            return self.customer().found(source)
        rows = self.rows if relation == self.kind.name else self.join(relation)
        name, _, entry = name.partition(".")
        if name not in rows.c:
            message = f"{source} is not there: {relation} has no column {name}"
            raise LookupError(message)
        column = rows.c[name]
        if entry:
            return json_text(column, entry) if name == _CUSTOM else _no_entry(source)
        return sa.type_coerce(column, sa.String) if isinstance(column.type, sa.Enum) else column

    def _while_there(self, value: Column | Elements | Age) -> Column | Elements | Age:
        """The value of a formula, missing where the row is: some say 0 or NONE of a row about which nothing is known."""
        return sa.case((self.key.is_not(None), value)) if self._is_joined and isinstance(value, sa.ColumnElement) else value

    def column(self, source: str) -> Column:
        """The same where it is one value. Raises LookupError."""
        found = self.found(source)
        if isinstance(found, Elements):
            message = f"{source} is a set, and no value"
            raise LookupError(message)  # noqa: TRY004 - what the settings or a plugin name is not there
        return found.days if isinstance(found, Age) else found

    def join(self, name: str) -> sa.FromClause:
        """A joined relation. Raises LookupError for a name that these rows do not know."""
        if name not in self._known.joins:
            if name not in self.kind.joins:
                known = ", ".join(sorted({self.kind.name, *self.kind.joins, *self.kind.formulas}))
                message = f"there is no relation {name} of {self.kind.level.value}; known are {known}"
                raise LookupError(message)
            self._known.joins.setdefault(name, self.kind.joins[name](self))
        return self.attach(*self._known.joins[name])

    def customer(self) -> "Rows":
        """The customer of each row, joined while its source has not deleted it; what is joined to it is joined to these rows, too."""
        known = self._known.customer
        customer = Rows(self.kinds, self.kinds.by_level[Level.CUSTOMER], known.facts, known=known, is_joined=True)
        self.attach(customer.rows, sa.and_(customer.key == self.c.customer_id, customer.c.is_deleted.is_(sa.false())))
        customer._joined = self._joined
        return customer

    def totals(self, relation: str, totals: Totals, /) -> sa.FromClause:
        """What is counted and added up over related rows, joined; NULL where a row has none."""
        related, counts, owner = self._related(relation)
        columns = [column.label(name) for name, column in totals(related).items()]
        key = sa.type_coerce(owner, owner.type).label("owner_id")  # no column of a table: a subquery copies these with their foreign keys
        owned = sa.select(key, *columns).select_from(related.from_clause())
        is_of_all = self.facts.customers is None
        made = (grouped(owned, counts, related.rows, owner=owner) if is_of_all else owned.where(counts).group_by(owner)).subquery()
        return self.attach(made, made.c.owner_id == self.reference)

    def related(self, relation: str, key: int) -> tuple["Rows", sa.ColumnElement[bool]]:
        """Fresh related rows, and whether one belongs to the row with a key."""
        related, counts, owner = self._related(relation)
        return related, sa.and_(counts, owner == key)

    def sum_of(self, total: Total, condition: Predicate) -> Column:
        """What a total adds up over those of these rows for which its condition holds."""
        return Compiler(self.kinds.catalogue, self.facts.terms).counted(total, self, condition)

    def _related(self, relation: str) -> tuple["Rows", sa.ColumnElement[bool], Column]:
        known = self._known.related(self.kinds.relations[relation])
        related = Rows(self.kinds, self.kinds.by_level[self.kinds.relations[relation]], self.facts, known=known)
        level = self.kind.level
        return related, *related._once(related._known.owners, level, related.kind.owned[level])

    def from_clause(self) -> sa.FromClause:
        """The rows with everything that was joined; ask last."""
        found = self.rows
        for rows, on in self._joined.items():
            found = found.outerjoin(rows, on)
        return found

    def attach(self, rows: sa.FromClause, on: sa.ColumnElement[bool]) -> sa.FromClause:
        """Join rows of whoever reads these, at most one for each unless they are counted by it; gives them back. Once, however often it is asked for."""
        self._joined.setdefault(rows, on)
        return rows


def _stored(rows: Rows, field: Field) -> Stored:
    rows = rows.customer() if field.level is Level.CUSTOMER and rows.kind.level is not Level.CUSTOMER else rows
    is_custom = _CUSTOM_ENTRY in field.source
    part, *whole = [field.source] if is_custom else field.source.split(" / ")
    found = rows.found(part)
    if isinstance(found, Elements | Age):
        return found
    if whole:
        return Ratio(found, rows.column(whole[0]), 100 if field.unit == _PERCENT else 1)
    if is_custom:
        return _custom_value(found, field.type)
    match field.type:
        case FieldType.MONEY:
            relation, _, _ = part.partition(".")
            return Minor(found, rows.column(f"{relation}.currency") if field.currency is Currency.DOCUMENT else None)
        case FieldType.DATE if isinstance(found.type, UTCDateTime):
            return Instant(found)
        case _:
            return Plain(found)


def _custom_value(entry: Column, kind: FieldType) -> Stored:
    """A value of a JSON object; what is not of the type that the settings say is missing."""
    text = sa.cast(entry, sa.String)
    match kind:
        case FieldType.WHOLE_NUMBER:
            return Numeral(sa.case((text.regexp_match(_WHOLE), text)))
        case FieldType.DECIMAL:
            return Numeral(text)
        case FieldType.BOOLEAN:
            return Plain(sa.case((text.in_(_YES), sa.true()), (text.in_(_NO), sa.false())))
        case FieldType.DATE:
            return Plain(sa.case((text.regexp_match(_ISO_DAY), text)))
        case _:
            return Plain(text)


def _no_entry(source: str) -> Column:
    message = f"{source} is not there: only custom fields have entries"
    raise LookupError(message)
