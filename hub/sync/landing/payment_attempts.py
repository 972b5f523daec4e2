"""Payment attempts: joined to invoice, payment and method of their own connection; those of other systems are known by number only."""

from collections.abc import Sequence

import sqlalchemy as sa

from hub.model import Invoice, PaymentAttempt, table_of
from hub.plugins.collection_records import PaymentAttemptRecord
from hub.plugins.records import Record
from hub.store.lookup import is_among
from hub.sync.context import PageWork, RunContext
from hub.sync.landing.frame import OWN_COLUMNS, Landing, Parents, Values, customer_ids, expect, nothing_more, own_values
from hub.sync.landing.links import Link, Links
from hub.vocabulary import Entity, Stream

_ATTEMPTS = table_of(PaymentAttempt)
_INVOICES = table_of(Invoice)

_COLUMNS = (
    "customer_id home_customer_id invoice_external_id invoice_number payment_external_id payment_method_external_id kind state source_status method_kind "
    "method_fingerprint gateway gateway_transaction_id currency amount_minor attempted_at decline_reason decline_code dunning_status next_retry_on"
).split()


def _values(record: Record, parents: Parents, run: RunContext) -> Values:
    record = expect(record, PaymentAttemptRecord)
    return (
        *customer_ids(parents, record.customer_external_id, reference=record.external_id),
        record.invoice_external_id,
        record.invoice_number,
        record.payment_external_id,
        record.payment_method_external_id,
        record.kind.stored,
        record.state.stored,
        record.source_status,
        None if record.method_kind is None else record.method_kind.stored,
        record.method_fingerprint,
        record.gateway,
        record.gateway_transaction_id,
        record.currency,
        record.amount_minor,
        run.instant(record.attempted_at),
        record.decline_reason,
        record.decline_code,
        None if record.dunning_status is None else record.dunning_status.stored,
        run.day(record.next_retry_on),
    )


def _touch(work: PageWork, ids: Sequence[int]) -> None:
    """Note whose invoices some attempts were for: these customers' average attempts change, whoever tried to pay."""
    statement = sa.select(_INVOICES.c.customer_id).join(_ATTEMPTS, _ATTEMPTS.c.invoice_id == _INVOICES.c.id).where(is_among(_ATTEMPTS.c.id, ids))
    work.dirty_customers.update(work.connection.execute(statement.distinct()).scalars())


LANDING = Landing(
    stream=Stream.PAYMENT_ATTEMPTS,
    entity=Entity.PAYMENT_ATTEMPT,
    table=_ATTEMPTS,
    columns=tuple(_COLUMNS),
    values=_values,
    fresh_columns=OWN_COLUMNS,
    fresh=own_values,
    created=nothing_more,
    changed=nothing_more,
    links=Links(
        _ATTEMPTS,
        (
            Link("invoice_id", "invoice_external_id", Stream.INVOICES),
            Link("payment_id", "payment_external_id", Stream.PAYMENTS),
            Link("payment_method_id", "payment_method_external_id", Stream.PAYMENT_METHODS),
        ),
        left=_touch,
        joined=_touch,
    ),
)
