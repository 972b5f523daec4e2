"""`dunwell receivables`: who owes what, today or on any date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from hub.app import Hub
from hub.cli.days import DAY, read_day
from hub.cli.opening import FLAG, SETTINGS_FILE, AsJson, SettingsPath, hub_of
from hub.cli.output import amount, camel, decimal_text, print_json, print_table
from hub.health.basis import Basis
from hub.health.figures import Figures, PortfolioFigures
from hub.health.history import HistoryStart, read_history_starts
from hub.health.portfolio import read_portfolio
from hub.health.reading import customer_figures_of, figures_relation
from hub.model import Customer, ExternalReference, table_of
from hub.store.lookup import is_among
from hub.sync.service import follow_up_if_due, today
from hub.vocabulary import Entity

_CUSTOMERS = table_of(Customer)
_REFERENCES = table_of(ExternalReference)
_AMOUNTS = (
    "outstanding overdue total_due total_paid billed cash_received open_debits unutilised_credit unaccounted_payment net_overdue net_outstanding"
).split()
_COUNTS = ("open_invoice_count", "overdue_invoice_count", "inferred_count")
_OF_OTHERS = ("consolidated_outstanding", "consolidated_overdue")

AsOf = Annotated[date | None, typer.Option("--as-of", parser=read_day, metavar=DAY, help="The date; today in the workspace zone when left out.")]
Top = Annotated[int, typer.Option("--top", min=1, metavar="COUNT", help="How many customers to list, those who owe most first.")]
All = Annotated[bool, typer.Option("--all", metavar=FLAG, help="List every customer.")]


@dataclass(frozen=True, slots=True)
class _Debtor:
    """A customer with its figures and its ids in the source systems."""

    name: str
    external_ids: Sequence[str]
    figures: Figures


def receivables(*, as_of: AsOf = None, top: Top = 20, everyone: All = False, as_json: AsJson = False, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """Who owes what, on a date: the customers that owe most, and the total of all customers."""
    with hub_of(settings) as hub:
        follow_up_if_due(hub.sync)
        day = as_of or today(hub.sync)
        print_receivables(hub, day, limit=None if everyone else top, as_json=as_json)


def print_receivables(hub: Hub, day: date, *, limit: int | None, as_json: bool) -> None:
    """Print customers by what they owe, and the portfolio; `limit` None: every customer."""
    basis = Basis.of(hub.settings.workspace, day)
    with hub.store.read() as connection:
        debtors = _read_debtors(connection, basis, limit)
        portfolio = read_portfolio(connection, basis)
        starts = read_history_starts(connection)
    if as_json:
        total = _document(portfolio) | {"outstandingByCurrency": _by_currency(portfolio)}
        gaps = [{"connection": start.connection, "since": start.since} for start in starts]
        customers = [_debtor_document(found) for found in debtors]
        print_json({"asOf": day, "currency": basis.base_currency, "historyStarts": gaps, "customers": customers, "total": total})
        return
    _print_debtors(debtors, portfolio, starts=starts, is_all=limit is None)
    _print_ageing(portfolio)


def _read_debtors(connection: sa.Connection, basis: Basis, limit: int | None) -> list[_Debtor]:
    figures = figures_relation(connection, basis)
    statement = (
        sa.select(_CUSTOMERS.c.name, *figures.c)
        .join(figures, figures.c.customer_id == _CUSTOMERS.c.id)
        .where(_CUSTOMERS.c.is_deleted.is_(False))
        .order_by(figures.c.outstanding_minor.desc().nulls_last(), _CUSTOMERS.c.id)
        .limit(limit)
    )
    rows = connection.execute(statement).mappings().all()
    ids = _external_ids(connection, [row["customer_id"] for row in rows])
    return [_Debtor(row["name"], ids.get(row["customer_id"], []), customer_figures_of(row, basis, by_currency=())) for row in rows]


def _external_ids(connection: sa.Connection, ids: Sequence[int]) -> Mapping[int, Sequence[str]]:
    columns = _REFERENCES.c
    mine = sa.and_(columns.entity == Entity.CUSTOMER, is_among(columns.entity_id, ids))
    found: dict[int, list[str]] = {}
    for row in connection.execute(sa.select(columns.entity_id, columns.external_id).where(mine).order_by(columns.id)):
        found.setdefault(row.entity_id, []).append(row.external_id)
    return found


# --- for machines ---------------------------------------------------------------------------------


def _debtor_document(found: _Debtor) -> dict[str, Any]:
    return {"name": found.name, "externalIds": found.external_ids} | _document(found.figures) | _amounts(found.figures, _OF_OTHERS)


def _document(figures: PortfolioFigures) -> dict[str, Any]:
    buckets = [(found.label, decimal_text(found.amount_minor, figures.base_currency), found.invoice_count) for found in figures.ageing]
    return {
        **_amounts(figures, _AMOUNTS),
        **{camel(name): getattr(figures, name) for name in _COUNTS},
        "ageing": [{"label": label, "amount": text, "invoiceCount": count} for label, text, count in buckets],
        "complete": figures.is_complete,
        "missingRates": list(figures.missing_rates),
    }


def _amounts(figures: PortfolioFigures, names: Sequence[str]) -> dict[str, str | None]:
    return {camel(name): decimal_text(getattr(figures, f"{name}_minor"), figures.base_currency) for name in names}


def _by_currency(portfolio: PortfolioFigures) -> dict[str, str | None]:
    return {found.currency: decimal_text(found.outstanding_minor, found.currency) for found in portfolio.by_currency}


# --- for people -----------------------------------------------------------------------------------


def _print_debtors(debtors: Sequence[_Debtor], portfolio: PortfolioFigures, *, starts: Sequence[HistoryStart], is_all: bool) -> None:
    currency = portfolio.base_currency
    columns = ("Customer", "Outstanding", "Overdue", "Late", "Open", "Credit", "Unapplied")
    amounts = ("outstanding_minor", "overdue_minor", "overdue_invoice_count", "open_invoice_count", "unutilised_credit_minor", "unaccounted_payment_minor")
    rows = [(found.name, *(_shown(found.figures, name) for name in amounts)) for found in debtors]
    several = f"all {len(rows)} customers" if is_all else f"the {len(rows)} customers that owe most"
    one = "the only customer" if is_all else "the customer that owes most"
    shown = one if len(rows) == 1 else several
    title = f"Receivables on {portfolio.as_of}, {shown}, in {currency}"
    print_table(title, columns, rows, right=columns[1:], cut=columns[:1], caption=_caption(portfolio, starts))


def _shown(figures: Figures, name: str) -> str:
    value: int | None = getattr(figures, name)
    return amount(value, figures.base_currency) if name.endswith("_minor") else f"{value:,}"


def _print_ageing(portfolio: PortfolioFigures) -> None:
    currency = portfolio.base_currency
    buckets = [(bucket.label, amount(bucket.amount_minor, currency), bucket.invoice_count) for bucket in portfolio.ageing]
    total = ("total", amount(portfolio.outstanding_minor, currency), portfolio.open_invoice_count)
    title = f"Ageing of all receivables by days past due, in {currency}"
    print_table(title, ("Days", "Amount", "Invoices"), [*buckets, total], right=("Amount", "Invoices"))


def _caption(portfolio: PortfolioFigures, starts: Sequence[HistoryStart]) -> str:
    exact = ", ".join(f"{amount(found.outstanding_minor, found.currency)} {found.currency}" for found in portfolio.by_currency if found.outstanding_minor)
    is_known = exact or all(start.since <= portfolio.as_of for start in starts)
    owed = f"All customers owe {exact or 'nothing'}." if is_known else "What customers owed on this day is not known."
    text = f"Late and Open count invoices; Credit is unutilised, Unapplied is of payments.\n{owed}"
    for start in starts:
        text += f"\nDocuments before {start.since} were not read from {start.connection}: what they owe is in no figure."
    if portfolio.missing_rates:
        text += f"\nNo rate for {', '.join(portfolio.missing_rates)}: figures that need one are n/a until a rate is imported."
    if portfolio.inferred_count:
        text += f"\n{portfolio.inferred_count} documents rest on an inferred date."
    return text
