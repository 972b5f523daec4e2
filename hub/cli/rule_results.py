"""`dunwell rules eval` and `dunwell rules explain`: for whom a rule holds, and why."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from hub.cli.opening import SETTINGS_FILE, AsJson, SettingsPath, hub_of
from hub.cli.output import amount, decimal_text, minute, print_json, print_table, print_text, say
from hub.cli.receivables import All, AsOf, Top
from hub.errors import RequestError
from hub.evaluation.asking import TEXT, usable_rule
from hub.evaluation.book import RuleBook, book_of
from hub.evaluation.documents import balance
from hub.evaluation.evaluating import matching_ids
from hub.evaluation.explaining import Explainer, Explanation, RuleSubject, is_scored, known_until
from hub.evaluation.facts import Facts
from hub.evaluation.telling import told_change, told_reading, told_score, told_value
from hub.evaluation.turning import Change
from hub.health.basis import Basis
from hub.health.reading import figures_relation
from hub.model import Customer, ExternalReference, Invoice, table_of
from hub.sync.service import follow_up_if_due, today
from hub.vocabulary import Entity, RuleLevel
from rules.explaining import Explained
from rules.fields import Level
from rules.model import Comparison, Expression, Leaf
from rules.writing import write_rule

_CUSTOMERS = table_of(Customer)
_INVOICES = table_of(Invoice)
_REFERENCES = table_of(ExternalReference)
_MOST_NAMED = 5
_ALIKE = 1
"""So many characters begin a name that is compared with one that was mistyped."""

_MOST_COMPARED = 5_000

Rule = Annotated[str, typer.Argument(metavar="RULE", help="The text of the rule, in quotes.")]
About = Annotated[RuleLevel, typer.Option("--about", case_sensitive=False, help="What the rule is about.")]
Subject = Annotated[str, typer.Argument(metavar="NAME", help="A customer by its name or its id at a source; with --about invoice the number of an invoice.")]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A rule that can be used, and what it is held against."""

    connection: sa.Connection
    book: RuleBook
    rule: Expression
    level: Level
    basis: Basis


@contextmanager
def _asking(settings: Path, level: Level, text: str, *, as_of: date | None) -> Generator[_Asked]:
    """A rule as it was typed, read and checked, over the store as it is. Raises RequestError, with the place, where it cannot be used."""
    with hub_of(settings) as hub:
        follow_up_if_due(hub.sync)
        workspace = hub.settings.workspace
        basis = Basis.of(workspace, as_of or today(hub.sync))
        with hub.store.read() as connection:
            book = book_of(hub.catalogue.fields, workspace)
            yield _Asked(connection, book, usable_rule(book, level, {TEXT: text}, path=("RULE",)), level, basis)


def evaluate(
    rule: Rule,
    *,
    about: About = RuleLevel.CUSTOMER,
    as_of: AsOf = None,
    top: Top = 20,
    everyone: All = False,
    as_json: AsJson = False,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType] - typer makes the path
) -> None:
    """List the customers, or invoices, for which a rule holds, today or on another day; those that owe most first."""
    with _asking(settings, Level[about.name], rule, as_of=as_of) as found:
        rows, count = _matches(found, None if everyone else top)
    if as_json:
        print_json({"rule": write_rule(found.rule), "asOf": found.basis.as_of, "count": count, "matches": [_document(found, row) for row in rows]})
        return
    of_invoices = found.level is not Level.CUSTOMER
    what = f"{'invoice' if of_invoices else 'customer'}{'' if count == 1 else 's'}"
    title = f"{count:,} {what}: {write_rule(found.rule)} on {found.basis.as_of}"
    columns = ("Invoice", "Customer", "Due", "Balance") if of_invoices else ("Customer", "Outstanding", "Overdue", "Invoices overdue")
    caption = f"The first {len(rows)} of {count:,}; --all lists every one." if len(rows) < count else None
    print_table(title, columns, [_cells(found, row) for row in rows], right=columns[-1:] if of_invoices else columns[1:], caption=caption)


def explain(
    rule: Rule,
    name: Subject,
    *,
    about: About = RuleLevel.CUSTOMER,
    as_of: AsOf = None,
    as_json: AsJson = False,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType] - typer makes the path
) -> None:
    """Tell why a rule holds of one customer or invoice, or does not: each part with the value behind it, and what would turn it."""
    with _asking(settings, Level[about.name], rule, as_of=as_of) as found:
        subject = RuleSubject(Level.CUSTOMER if about is RuleLevel.CUSTOMER else Level.INVOICE, _key_of(found, name))
        explainer = Explainer(found.connection, found.book, subject, found.basis)
        explanation = explainer.explain(found.rule)
        if explanation is None:
            raise RequestError(f"{name!r} is not among those that rules are about: it was deleted, or another system shows it")
        changes = explainer.changes(explanation)
    _tell(explanation, changes, found.book, as_json=as_json)


# --- who it is --------------------------------------------------------------------------------------


def _key_of(asked: _Asked, name: str) -> int:
    """The one customer or invoice of a name. Raises RequestError where there is none, or more than one."""
    known = dict(_named_invoices(asked, name) if asked.level is not Level.CUSTOMER else _named_customers(asked, name))
    what = "customer" if asked.level is Level.CUSTOMER else "invoice"
    if not known:
        near = _near(asked, name)
        raise RequestError(f"there is no {what} {name!r}" + (f"; did you mean {' or '.join(map(repr, near))}?" if near else ""))
    if len(known) > 1:
        told = "; ".join(list(known.values())[:_MOST_NAMED])
        raise RequestError(f"there are {len(known)} {what}s {name!r}: {told}. Name one by its id at a source")
    return next(iter(known))


def _near(asked: _Asked, name: str) -> Sequence[str]:
    """The names of customers, or numbers of invoices, that hold a text; where none does, those that begin alike and are nearest to it."""
    if asked.level is Level.CUSTOMER:
        shown, searched, wanted, is_there = _CUSTOMERS.c.name, _CUSTOMERS.c.search_name, name.casefold(), _CUSTOMERS.c.is_deleted.is_(sa.false())
    else:
        shown, searched, wanted, is_there = _INVOICES.c.number, sa.func.lower(_INVOICES.c.number), name.lower(), _INVOICES.c.is_deleted.is_(sa.false())

    def names(is_meant: sa.ColumnElement[bool], limit: int | None) -> Sequence[str]:
        query = sa.select(shown).where(is_there, is_meant).distinct().order_by(shown)
        return asked.connection.execute(query.limit(limit)).scalars().all()

    alike = names(searched.startswith(wanted[:_ALIKE], autoescape=True), _MOST_COMPARED)
    return names(searched.contains(wanted, autoescape=True), _MOST_NAMED) or get_close_matches(name, alike, n=_MOST_NAMED)


def _named_customers(asked: _Asked, name: str) -> Iterator[tuple[int, str]]:
    referred = sa.select(_REFERENCES.c.entity_id).where(_REFERENCES.c.entity == Entity.CUSTOMER, _REFERENCES.c.external_id == name)
    is_meant = sa.or_(_CUSTOMERS.c.search_name == name.casefold(), _CUSTOMERS.c.id.in_(referred))
    for key, found in asked.connection.execute(sa.select(_CUSTOMERS.c.id, _CUSTOMERS.c.name).where(is_meant, _CUSTOMERS.c.is_deleted.is_(sa.false()))):
        yield key, f"{found} ({_ids(asked, Entity.CUSTOMER, key)})"


def _named_invoices(asked: _Asked, name: str) -> Iterator[tuple[int, str]]:
    referred = sa.select(_REFERENCES.c.entity_id).where(_REFERENCES.c.entity == Entity.INVOICE, _REFERENCES.c.external_id == name)
    is_meant = sa.or_(_INVOICES.c.number == name, _INVOICES.c.id.in_(referred))
    there = sa.and_(_INVOICES.c.is_deleted.is_(sa.false()), _INVOICES.c.is_authoritative.is_(sa.true()))
    query = sa.select(_INVOICES.c.id, _CUSTOMERS.c.name).join(_CUSTOMERS, _CUSTOMERS.c.id == _INVOICES.c.customer_id)
    for key, customer in asked.connection.execute(query.where(is_meant, there)):
        yield key, f"of {customer} ({_ids(asked, Entity.INVOICE, key)})"


def _ids(asked: _Asked, entity: Entity, key: int) -> str:
    query = sa.select(_REFERENCES.c.external_id).where(_REFERENCES.c.entity == entity, _REFERENCES.c.entity_id == key)
    return ", ".join(asked.connection.execute(query.order_by(_REFERENCES.c.id).limit(_MOST_NAMED)).scalars()) or "no id"


# --- for whom it holds ------------------------------------------------------------------------------


def _matches(asked: _Asked, limit: int | None) -> tuple[Sequence[Any], int]:
    """The rows to show, and how many there are in all."""
    facts = Facts.on(asked.connection, asked.basis)
    rows = asked.book.rows(asked.level, facts)
    ids = matching_ids(asked.rule, rows)
    count = asked.connection.execute(sa.select(sa.func.count()).select_from(ids.subquery())).scalar_one()
    if asked.level is Level.CUSTOMER:
        figures = figures_relation(asked.connection, asked.basis)
        shown = sa.select(_CUSTOMERS.c.name, figures.c.outstanding_minor, figures.c.overdue_minor, figures.c.overdue_invoice_count)
        query = shown.join(figures, figures.c.customer_id == _CUSTOMERS.c.id).where(_CUSTOMERS.c.id.in_(ids))
        query = query.order_by(figures.c.outstanding_minor.desc().nulls_last(), _CUSTOMERS.c.id)
    else:
        document = asked.book.invoices(facts).rows
        due = balance(document, asked.basis).label("balance_minor")
        shown = sa.select(document.c.number, _CUSTOMERS.c.name, document.c.due_date, due, document.c.currency)
        query = shown.join(_CUSTOMERS, _CUSTOMERS.c.id == document.c.customer_id).where(document.c.id.in_(ids))
        query = query.order_by(document.c.converted_due_minor.desc().nulls_last(), document.c.id)
    return asked.connection.execute(query.limit(limit)).all(), count


def _cells(asked: _Asked, row: Any) -> Sequence[object]:  # noqa: ANN401 - a row of either statement
    if asked.level is Level.CUSTOMER:
        base = asked.basis.base_currency
        return row.name, amount(row.outstanding_minor, base), amount(row.overdue_minor, base), row.overdue_invoice_count
    return row.number, row.name, row.due_date, f"{amount(row.balance_minor, row.currency)} {row.currency}"


def _document(asked: _Asked, row: Any) -> dict[str, object]:  # noqa: ANN401 - the same
    if asked.level is Level.CUSTOMER:
        base = asked.basis.base_currency
        figures = {"outstanding": decimal_text(row.outstanding_minor, base), "overdue": decimal_text(row.overdue_minor, base)}
        return {"customer": row.name, **figures, "overdueInvoiceCount": row.overdue_invoice_count}
    balance_text = decimal_text(row.balance_minor, row.currency)
    return {"invoice": row.number, "customer": row.name, "dueDate": row.due_date, "balance": balance_text, "currency": row.currency}


# --- why --------------------------------------------------------------------------------------------


def _tell(found: Explanation, changes: Sequence[Change], book: RuleBook, *, as_json: bool) -> None:
    if as_json:
        parts = [_part(found, part, depth, book=book) for depth, part in found.tree.with_depth()]
        told = [{"kind": change.kind.value, "text": told_change(change, holds=found.holds)} for change in changes]
        print_json({"holds": found.holds, "asOf": found.as_of, "parts": parts, "changes": told})
        return
    print_text(f"{'holds' if found.holds else 'does not hold'} on {found.as_of}\n\n")
    for depth, part in found.tree.with_depth():
        print_text(f"{'  ' * depth}{'yes' if part.holds else 'no':<3}  {write_rule(part.expression)}{_behind(found, part, book)}\n")
    for rate in found.rates:
        worth = "no rate" if rate.rate is None else f"{rate.rate.normalize():f} of {rate.rate_date}, {rate.source}"
        print_text(f"\nrate of {rate.currency}: {worth}")
    print_text("\n" if found.rates else "")
    told = [f"- {told_change(change, holds=found.holds)}\n" for change in changes] or ["- Nothing was found that would do it alone.\n"]
    print_text("\nWhat would turn it:\n" + "".join(told))
    if any(part.holds is False and _is_missing(found, part) for _, part in found.tree.with_depth()):
        say("a missing value makes every comparison false; ask `is set` or `is not set` for it")


def _behind(found: Explanation, part: Explained, book: RuleBook) -> str:
    leaf = part.expression
    if not isinstance(leaf, Leaf):
        return ""
    known = known_until(found, leaf, book)
    reasons = f": {'; '.join(told_score(found.score))}" if is_scored(leaf, book) else ""
    return f"   ({told_reading(leaf, found.readings[leaf])}{reasons}{'' if known is None else f'; data of {minute(known)}'})"


def _is_missing(found: Explanation, part: Explained) -> bool:
    leaf = part.expression
    return isinstance(leaf, Comparison) and bool(leaf.values) and found.readings[leaf].value is None


def _part(found: Explanation, part: Explained, depth: int, *, book: RuleBook) -> dict[str, object]:
    leaf = part.expression
    told: dict[str, object] = {"depth": depth, "text": write_rule(leaf), "holds": part.holds}
    if isinstance(leaf, Leaf):
        reading = found.readings[leaf]
        told["value"] = None if reading.value is None else told_value(reading.value)
        told["dataAsOf"] = known_until(found, leaf, book)
        if is_scored(leaf, book):
            told["reasons"] = list(told_score(found.score))
    return told
