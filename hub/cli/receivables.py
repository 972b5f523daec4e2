"""`dunwell receivables`: who owes what, today or on any date."""

from datetime import date, datetime
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from hub.app import Hub
from hub.cli.opening import SETTINGS_FILE, AsJson, SettingsPath, hub_of
from hub.cli.output import amount, decimal_text, print_json, print_table
from hub.health.basis import Basis
from hub.health.figures import PortfolioFigures
from hub.health.portfolio import read_portfolio
from hub.health.reading import figures_relation
from hub.model import Customer, ExternalReference, table_of
from hub.sync.service import bring_up_figures, today
from hub.vocabulary import Entity

_CUSTOMERS = table_of(Customer)
_REFERENCES = table_of(ExternalReference)
_AMOUNTS = (
    "outstanding overdue total_due total_paid billed cash_received open_debits unutilised_credit unaccounted_payment net_overdue net_outstanding"
).split()

AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The date; today in the workspace zone when left out.")]
Top = Annotated[int, typer.Option("--top", min=1, help="How many customers to list, those who owe most first.")]
All = Annotated[bool, typer.Option("--all", help="List every customer.")]


def receivables(*, as_of: AsOf = None, top: Top = 20, everyone: All = False, as_json: AsJson = False, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """Who owes what, on a date: the customers that owe most, and the total of all customers."""
    with hub_of(settings) as hub:
        bring_up_figures(hub.sync)
        day = today(hub.sync) if as_of is None else as_of.date()
        print_receivables(hub, day, limit=None if everyone else top, as_json=as_json)


def print_receivables(hub: Hub, day: date, *, limit: int | None, as_json: bool) -> None:
    """Print customers by what they owe, and the portfolio; `limit` None: every customer."""
    basis = Basis.of(hub.settings.workspace, day)
    with hub.store.read() as connection:
        rows = _customers(connection, basis, limit)
        names = _external_ids(connection, [row["customer_id"] for row in rows]) if as_json else {}
        portfolio = read_portfolio(connection, basis)
    if as_json:
        customers = [_document(row, basis, names.get(row["customer_id"], [])) for row in rows]
        print_json({"asOf": day, "currency": basis.base_currency, "customers": customers, "total": _total(portfolio)})
        return
    _print(rows, portfolio, basis, limit=limit)


def _customers(connection: sa.Connection, basis: Basis, limit: int | None) -> list[dict[str, Any]]:
    figures = figures_relation(connection, basis)
    statement = (
        sa.select(_CUSTOMERS.c.name, *figures.c)
        .join(figures, figures.c.customer_id == _CUSTOMERS.c.id)
        .where(_CUSTOMERS.c.is_deleted.is_(False))
        .order_by(figures.c.outstanding_minor.desc().nulls_last(), _CUSTOMERS.c.id)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def _external_ids(connection: sa.Connection, ids: list[int]) -> dict[int, list[str]]:
    columns = _REFERENCES.c
    found: dict[int, list[str]] = {}
    for row in connection.execute(sa.select(columns.entity_id, columns.external_id).where(columns.entity == Entity.CUSTOMER).order_by(columns.id)):
        found.setdefault(row.entity_id, []).append(row.external_id)
    return {key: found.get(key, []) for key in ids}


def _document(row: dict[str, Any], basis: Basis, external_ids: list[str]) -> dict[str, Any]:
    figures = {name: decimal_text(row[f"{name}_minor"], basis.base_currency) for name in _AMOUNTS}
    counts = {"openInvoiceCount": row["open_invoice_count"], "overdueInvoiceCount": row["overdue_invoice_count"]}
    return {
        "name": row["name"],
        "externalIds": external_ids,
        **{_camel(name): value for name, value in figures.items()},
        **counts,
        "complete": row["is_complete"],
    }


def _total(portfolio: PortfolioFigures) -> dict[str, Any]:
    currency = portfolio.base_currency
    figures = {_camel(name): decimal_text(getattr(portfolio, f"{name}_minor"), currency) for name in _AMOUNTS}
    ageing = {bucket.label: decimal_text(bucket.amount_minor, currency) for bucket in portfolio.ageing}
    exact = {found.currency: decimal_text(found.outstanding_minor, found.currency) for found in portfolio.by_currency}
    counts = {"openInvoiceCount": portfolio.open_invoice_count, "overdueInvoiceCount": portfolio.overdue_invoice_count}
    return {**figures, **counts, "ageing": ageing, "outstandingByCurrency": exact, "missingRates": list(portfolio.missing_rates)}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _print(rows: list[dict[str, Any]], portfolio: PortfolioFigures, basis: Basis, *, limit: int | None) -> None:
    currency = basis.base_currency
    body = [
        (
            row["name"],
            amount(row["outstanding_minor"], currency),
            amount(row["overdue_minor"], currency),
            row["overdue_invoice_count"],
            row["open_invoice_count"],
            amount(row["unutilised_credit_minor"], currency),
            amount(row["unaccounted_payment_minor"], currency),
        )
        for row in rows
    ]
    columns = ("Customer", "Outstanding", "Overdue", "Late", "Open", "Credit", "Unapplied")
    shown = "all customers" if limit is None else f"the {len(body)} customers that owe most"
    print_table(f"Receivables on {basis.as_of}, {shown}, in {currency}", columns, body, right=columns[1:], caption=_caption(portfolio))
    buckets = [(bucket.label, amount(bucket.amount_minor, currency), bucket.invoice_count) for bucket in portfolio.ageing]
    total = ("total", amount(portfolio.outstanding_minor, currency), portfolio.open_invoice_count)
    print_table("Ageing of all receivables, by days past due", ("Days", "Amount", "Invoices"), [*buckets, total], right=("Amount", "Invoices"))


def _caption(portfolio: PortfolioFigures) -> str:
    exact = ", ".join(f"{amount(found.outstanding_minor, found.currency)} {found.currency}" for found in portfolio.by_currency if found.outstanding_minor)
    text = f"Late and Open count invoices; Credit is unutilised, Unapplied is of payments. All customers owe {exact or 'nothing'}"
    if portfolio.missing_rates:
        text += f"; no rate for {', '.join(portfolio.missing_rates)}: figures that need it are n/a"
    if portfolio.inferred_count:
        text += f"; {portfolio.inferred_count} documents rest on an inferred date"
    return text
