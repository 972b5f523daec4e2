"""Outstanding mismatches (ST13, B40): balances that a source reports otherwise than our net of items.

A source reports what is owed now, so it is held against the kept figures, whatever day a list is for.
"""

from typing import Any

import sqlalchemy as sa

from hub.access.policy import FIGURES_READERS, RECORD_READERS
from hub.access.principal import Principal
from hub.health.mismatch import has_outstanding_mismatch, outstanding_mismatches
from hub.model import Customer, CustomerCurrencyFigures, FiguresState, table_of
from schema.plan.declaring import computed
from schema.plan.filters import FlagFilter, IdFilter, TextFilter
from schema.plan.mapping import Expression, OneField, Order, RowType, Scope, ValueField
from schema.plan.reading import Reading
from schema.plan.text import byte_order
from schema.values import Money

_CUSTOMERS = table_of(Customer)
_FIGURES = table_of(CustomerCurrencyFigures)
_STATE = table_of(FiguresState)


def _mismatches(reading: Reading) -> sa.FromClause:
    """One row for each customer that is not deleted and each currency in which the balances differ."""
    customer, figures = reading.rows_of(_CUSTOMERS), reading.rows_of(_FIGURES)
    found = outstanding_mismatches(customer, figures).where(customer.c.is_deleted.is_(sa.false())).subquery()
    as_of = sa.select(_STATE.c.business_date).scalar_subquery()
    key = byte_order(sa.cast(found.c.customer_id, sa.String) + sa.literal("/") + found.c.currency)
    return sa.select(found, as_of.label("as_of"), sa.func.abs(found.c.difference_minor, type_=sa.BigInteger).label("size_minor"), key.label("key")).subquery()


def _readable(principal: Principal, _rows: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.true() if FIGURES_READERS.allows(principal) and RECORD_READERS.allows(principal) else sa.false()


def _of(name: str) -> Expression:
    return lambda scope: scope.c[name]


def _amount(name: str, description: str) -> ValueField:
    return computed("Money!", description, needs=(_of(name), _of("currency")), make=Money.of)


OUTSTANDING_MISMATCH = RowType(
    name="OutstandingMismatch",
    description="A balance of a customer in one currency that its source reports otherwise than our items add up to. Shown, never silently corrected.",
    relation=_mismatches,
    readable=_readable,
    key="key",
    fields={
        "customer": OneField(type="Customer", description="Whose balance it is.", target="Customer", key=_of("customer_id")),
        "currency": computed("CurrencyCode!", "The currency of the balances.", needs=(_of("currency"),), filter=TextFilter("By currency.", _of("currency"))),
        "reported": _amount("reported_minor", "What the source says that the customer owes."),
        "ours": _amount("ours_minor", "Outstanding less unutilised credit and unaccounted payments, by the items that are here."),
        "difference": _amount("difference_minor", "The source's balance less ours."),
        "asOf": computed("Date", "The business date that ours holds for; null: figures have not been computed yet.", needs=(_of("as_of"),)),
    },
    filters={"customer": IdFilter("Of a customer.", "Customer", _of("customer_id"))},
    orders={
        "SIZE": Order(
            "By the size of the difference in minor units, whatever the currency and the sign.",
            _of("size_minor"),
            is_nullable=False,
            field=("OutstandingMismatch", "difference"),
        )
    },
    default_order=(("SIZE", True),),
)


def _has_mismatch(scope: Scope) -> sa.ColumnElement[Any]:
    return has_outstanding_mismatch(scope.rows, scope.reading.rows_of(_FIGURES))


def _flag(value: int | None) -> bool | None:
    return None if value is None else bool(value)


CUSTOMER_MISMATCH = computed(
    "Boolean",
    "Whether its source reports another balance than our items add up to, in any currency; null: its source reports none.",
    needs=(_has_mismatch,),
    make=_flag,
    filter=FlagFilter("Whether its source reports another balance than ours; of one that reports none, the answer is no.", _has_mismatch),
)
"""The field of a customer."""
