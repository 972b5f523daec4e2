"""Files of refunds, payment methods, payment attempts and subscriptions."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.files.mapping_file import MappingError, read_mapping
from hub.plugins import (
    PaymentAttemptRecord,
    PaymentMethodKind,
    PaymentMethodRecord,
    PaymentSourceStatus,
    PaymentState,
    RefundRecord,
    SubscriptionRecord,
    SubscriptionStatus,
)
from tests.connectors.files.workbench import read_text

BOTH_WAYS = """
time_zone = "Europe/Berlin"
[[parts]]
record = "refund"
when = { column = "Amount", amount = "negative" }
sign = "negate"
fields.external_id = "Id"
fields.customer_external_id = "Customer"
fields.currency = { value = "EUR" }
fields.amount = "Amount"
fields.refund_date = "Date"
fields.payment_external_id = "Of"

[[parts]]
record = "payment_attempt"
when = { column = "Amount", amount = "positive" }
fields.external_id = "Id"
fields.customer_external_id = "Customer"
fields.currency = { value = "EUR" }
fields.amount = "Amount"
fields.attempted_at = "Date"
fields.state = { column = "Outcome", map = { ok = "SETTLED", no = "DECLINED" } }
fields.invoice_number = "Invoice"
"""

METHODS = """
[[parts]]
record = "payment_method"
fields.external_id = "Token"
fields.customer_external_id = "Customer"
fields.kind = "Kind"
fields.last_four = { column = "Digits", width = 4 }
fields.expires_on = "Valid to"
fields.status = "State"
fields.is_primary = "First"

[[parts]]
record = "subscription"
when = { column = "Plan", is_set = true }
fields.external_id = { template = "{Customer}-{Plan}" }
fields.customer_external_id = "Customer"
fields.plan = "Plan"
fields.status = { column = "Runs", map = { yes = "ACTIVE", no = "CANCELLED" } }
custom.seats = { column = "Seats", type = "integer" }
"""


def test_a_list_of_transactions_gives_attempts_and_refunds(tmp_path: Path) -> None:
    text = "Id,Customer,Date,Amount,Outcome,Invoice,Of\nt1,C1,2026-03-01,12.50,no,2026-17,\nt2,C1,2026-03-02,-2.50,,,P1\n"
    outcome = read_text(text, BOTH_WAYS, tmp_path)
    attempt, refund = outcome.only(PaymentAttemptRecord), outcome.only(RefundRecord)
    assert (attempt.amount_minor, attempt.state, attempt.invoice_number) == (12_50, PaymentState.DECLINED, "2026-17")
    assert attempt.attempted_at.astimezone(UTC) == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert (refund.amount_minor, refund.refund_date, refund.payment_external_id, refund.state) == (2_50, date(2026, 3, 2), "P1", PaymentState.SETTLED)


def test_methods_and_subscriptions_stand_in_one_row(tmp_path: Path) -> None:
    text = "Token,Customer,Kind,Digits,Valid to,State,First,Plan,Runs,Seats\npm_1,C1,bank debit,42,2028-01-31,expiring,yes,Gold,yes,3\npm_2,C2,card,,,,no,,,\n"
    outcome = read_text(text, METHODS, tmp_path)
    first, second = outcome.of(PaymentMethodRecord)
    assert (first.kind, first.last_four, first.expires_on, first.is_primary) == (PaymentMethodKind.BANK_DEBIT, "0042", date(2028, 1, 31), True)
    assert (first.status, second.status) == (PaymentSourceStatus.EXPIRING, PaymentSourceStatus.VALID)
    subscription = outcome.only(SubscriptionRecord)
    assert (subscription.external_id, subscription.status, subscription.custom) == ("C1-Gold", SubscriptionStatus.ACTIVE, {"seats": 3})


def test_a_refund_below_zero_is_refused_with_what_helps(tmp_path: Path) -> None:
    mapping = BOTH_WAYS.partition('[[parts]]\nrecord = "payment_attempt"')[0].replace('sign = "negate"\n', "")
    [refusal] = read_text("Id,Customer,Date,Amount,Of\nt2,C1,2026-03-02,-2.50,P1\n", mapping, tmp_path).refusals
    assert "sign = 'negate'" in refusal.reason


@pytest.mark.parametrize("kind", ["payment_method", "payment_attempt", "exchange_rate"])
def test_a_part_whose_record_has_no_custom_fields_takes_none(kind: str) -> None:
    with pytest.raises(MappingError, match="has no custom fields"):
        read_mapping({"parts": [{"record": kind, "fields": {}, "custom": {"note": "Note"}}]}, source="mapping.toml", name="example")
