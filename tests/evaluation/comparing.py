"""Rules asked of a database, and what the specification says of the same rules."""

from collections.abc import Sequence

import sqlalchemy as sa

from hub.evaluation.evaluating import matches
from hub.evaluation.facts import Facts
from hub.model import Customer, table_of
from rules.model import Expression
from rules.writing import write_rule
from tests.evaluation.oracle import Values
from tests.evaluation.worlds import BOOK, World

_CUSTOMERS = table_of(Customer)

AT_ONCE = 120
"""How many rules one statement has: two masks full."""


def holding(connection: sa.Connection, rules: Sequence[Expression], kind: str, *, facts: Facts) -> dict[int, set[int]]:
    """The numbers of the rules that the store says hold, by row; rows of which none holds are left out."""
    make = {"customers": BOOK.customers, "invoices": BOOK.invoices, "credit notes": BOOK.credit_notes}[kind]
    found: dict[int, set[int]] = {}
    for start in range(0, len(rules), AT_ONCE):
        some = rules[start : start + AT_ONCE]
        for match in matches(connection, some, make(facts)):
            found.setdefault(match.id, set()).update(start + number for number in range(len(some)) if match.holds(number))
    return found


def facts_of(facts: Facts, customer: int) -> Facts:
    """The same facts of one customer only."""
    return facts.of_customers(sa.select(_CUSTOMERS.c.id).where(_CUSTOMERS.c.id == customer))


def rows_of(world: World, kind: str, customer: int) -> set[int]:
    """The keys of the rows of a kind that are a customer's own."""
    if kind == "customers":
        return {customer}
    documents = world.invoices if kind == "invoices" else world.credits
    return {document.id or 0 for document in documents if document.customer_id == customer}


def expected(rules: Sequence[Expression], kind: str, values: Values) -> dict[int, set[int]]:
    """The same as the specification has it."""
    rows = {"customers": values.customers, "invoices": values.invoices, "credit notes": values.credit_notes}[kind]()
    return values.truth.matching(rules, rows)


def differences(connection: sa.Connection, rules: Sequence[Expression], kind: str, *, values: Values, facts: Facts) -> list[str]:
    """What the store and the specification say differently; empty: nothing."""
    store, oracle = holding(connection, rules, kind, facts=facts), expected(rules, kind, values)
    found: list[str] = []
    for row in sorted(store.keys() | oracle.keys()):
        for number in sorted(store.get(row, set()) ^ oracle.get(row, set())):
            says = "holds" if number in store.get(row, set()) else "does not hold"
            found.append(f"{kind} {row} on {facts.basis.as_of}{' (kept)' if facts.is_kept else ''}: the store says {says}: {write_rule(rules[number])}")
    return found
