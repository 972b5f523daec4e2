"""`receivables`: the figures of all customers together, on any day."""

from collections.abc import Sequence

from hub.health import history
from hub.health.basis import Basis
from hub.health.figures import CurrencyFigures, PortfolioFigures
from hub.health.history import read_history_starts
from hub.health.portfolio import read_portfolio
from schema.plan.mapping import Argument
from schema.query.receivables_types import CurrencyReceivables, HistoryStart, Receivables
from schema.query.root import Root, RootField
from schema.values import AgeingBucketValue, CurrencyCode, Money


def _receivables(root: Root) -> Receivables:
    basis = root.reading(root.arguments.get("asOf")).basis
    connection = root.session.connection
    return _shown(read_portfolio(connection, basis), basis, starts=read_history_starts(connection))


def _shown(found: PortfolioFigures, basis: Basis, *, starts: Sequence[history.HistoryStart]) -> Receivables:
    def money(amount_minor: int | None) -> Money | None:
        return Money.of(amount_minor, found.base_currency)

    buckets = [
        AgeingBucketValue(label=bucket.label, first_day=bucket.first, last_day=bucket.last, amount=money(share.amount_minor), invoice_count=share.invoice_count)
        for bucket, share in zip(basis.buckets, found.ageing, strict=True)
    ]
    return Receivables(
        as_of=found.as_of,
        total_amount_paid=money(found.total_paid_minor),
        total_amount_due=money(found.total_due_minor),
        billed_amount=money(found.billed_minor),
        overdue_amount=money(found.overdue_minor),
        outstanding=money(found.outstanding_minor),
        cash_received=money(found.cash_received_minor),
        open_debits=money(found.open_debits_minor),
        net_overdue=money(found.net_overdue_minor),
        net_outstanding=money(found.net_outstanding_minor),
        unutilised_credit=money(found.unutilised_credit_minor),
        unaccounted_payment=money(found.unaccounted_payment_minor),
        overdue_percent=found.overdue_percent,
        overdue_invoice_count=found.overdue_invoice_count,
        open_invoice_count=found.open_invoice_count,
        inferred_count=found.inferred_count,
        average_payment_attempts=found.average_payment_attempts,
        ageing=buckets,
        complete=found.is_complete,
        missing_rates=[CurrencyCode(code) for code in found.missing_rates],
        history_starts=[HistoryStart(connection=start.connection, since=start.since) for start in starts],
        by_currency=[_of_currency(exact) for exact in found.by_currency],
    )


def _of_currency(exact: CurrencyFigures) -> CurrencyReceivables:
    def money(amount_minor: int) -> Money:
        return Money.exact(amount_minor, exact.currency)

    return CurrencyReceivables(
        currency=CurrencyCode(exact.currency),
        total_amount_paid=money(exact.total_paid_minor),
        total_amount_due=money(exact.total_due_minor),
        billed_amount=money(exact.billed_minor),
        overdue_amount=money(exact.overdue_minor),
        outstanding=money(exact.outstanding_minor),
        cash_received=money(exact.cash_received_minor),
        open_debits=money(exact.open_debits_minor),
        unutilised_credit=money(exact.unutilised_credit_minor),
        unaccounted_payment=money(exact.unaccounted_payment_minor),
    )


RECEIVABLES: dict[str, RootField] = {
    "receivables": RootField(
        type="Receivables",
        description="The figures of all customers together; each amount is the sum over the customers.",
        arguments={"asOf": Argument("Date", "The day that the figures hold for; that day's own facts count. Without it: today.")},
        answer=_receivables,
        cost=50,
    )
}
