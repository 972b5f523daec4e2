"""Enum names are stored: a change here is a migration. The money-steering ones are classified."""

import pytest

from hub import vocabulary
from hub.health.amounts import ADJUSTED_KINDS, PAID_KINDS, SETTLING_STATES
from hub.model import METADATA
from hub.vocabulary import Lifecycle, PaymentState, Role, SettlementKind, Stream, SubscriptionStatus

STORED = {
    Lifecycle: "DRAFT FUTURE ISSUED VOID WRITTEN_OFF",
    PaymentState: "INTENDED SUBMITTED UNKNOWN DECLINED ACCEPTED SETTLED RETURNED CHARGED_BACK VOIDED",
    Role: "ADMIN FINANCE COLLECTOR INTEGRATOR AUDITOR",
    SettlementKind: "PAYMENT CREDIT_NOTE ADJUSTMENT WRITE_OFF",
    SubscriptionStatus: "FUTURE IN_TRIAL ACTIVE CANCELLED PAUSED NON_RENEWING",
}


@pytest.mark.parametrize("kind", STORED, ids=lambda kind: kind.__name__)
def test_the_stored_names_are_those_of_the_specification(kind: type[vocabulary.Lifecycle]) -> None:
    assert " ".join(member.name for member in kind) == STORED[kind]


def test_every_member_is_stored_by_its_name() -> None:
    kinds = [getattr(vocabulary, name) for name in vocabulary.__all__]
    assert all(member.name == member.value == member.stored == str(member) for kind in kinds for member in kind)


def test_every_payment_state_is_classified_as_settling_or_not() -> None:
    nothing_settled = {PaymentState.INTENDED, PaymentState.SUBMITTED, PaymentState.UNKNOWN, PaymentState.DECLINED, PaymentState.ACCEPTED, PaymentState.VOIDED}
    assert set(PaymentState) == nothing_settled | SETTLING_STATES
    assert not nothing_settled & SETTLING_STATES


def test_every_kind_of_settlement_lowers_one_amount() -> None:
    assert set(SettlementKind) == PAID_KINDS | ADJUSTED_KINDS | {SettlementKind.WRITE_OFF}
    assert not PAID_KINDS & ADJUSTED_KINDS


def test_every_object_of_the_specification_has_its_table() -> None:
    wanted = (
        "customer contact invoice invoice_line credit_note payment settlement payment_attempt payment_method due_part refund exchange_rate subscription "
        "promise dispute hold segment suppression colleague user_account payment_arrangement instalment scheduled_payment autopay_rule communication task "
        "alert contract external_reference source_record change dirty_customer event job_run schedule outbox api_token"
    ).split()
    assert set(wanted) <= set(METADATA.tables)


def test_streams_are_named_in_the_plural() -> None:
    assert all(stream.name.endswith("S") for stream in Stream)
