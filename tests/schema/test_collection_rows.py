"""Refunds, payment methods, payment attempts and subscriptions: seen from the root, and from what they belong to."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from hub.model import PaymentAttempt, PaymentMethod, Refund, Subscription
from hub.vocabulary import AttemptKind, DunningStatus, Entity, PaymentMethodKind, PaymentSourceStatus, PaymentState, Role, SubscriptionStatus
from schema.ids import encode_id
from tests.schema.hub import NOW, Hub

SEEN = {"first_seen_at": NOW, "updated_at": NOW}


def make_refund(hub: Hub, customer: int, **values: Any) -> int:  # noqa: ANN401 - any column
    given: dict[str, Any] = {"state": PaymentState.SETTLED, "currency": "EUR", "refund_date": date(2026, 3, 1), "amount_minor": 5_00}
    return hub.insert(Refund, **{"customer_id": customer, "connection_id": hub.connection_id} | given | SEEN | values)


def make_method(hub: Hub, customer: int, **values: Any) -> int:  # noqa: ANN401
    given = {"customer_id": customer, "connection_id": hub.connection_id, "kind": PaymentMethodKind.CARD}
    return hub.insert(PaymentMethod, **given | SEEN | values)


def make_attempt(hub: Hub, customer: int, **values: Any) -> int:  # noqa: ANN401
    given: dict[str, Any] = {"state": PaymentState.DECLINED, "currency": "EUR", "amount_minor": 10_00, "attempted_at": datetime(2026, 3, 1, 9, tzinfo=UTC)}
    return hub.insert(PaymentAttempt, **{"customer_id": customer, "connection_id": hub.connection_id} | given | SEEN | values)


def make_subscription(hub: Hub, customer: int, **values: Any) -> int:  # noqa: ANN401
    given = {"customer_id": customer, "connection_id": hub.connection_id, "status": SubscriptionStatus.ACTIVE}
    return hub.insert(Subscription, **given | SEEN | values)


def test_refunds_are_seen_from_what_they_give_back(hub: Hub) -> None:
    customer = hub.customer("Acme")
    payment, note = hub.payment(customer, 100_00, reference="wire"), hub.credit_note(customer, 50_00, number="C1")
    made = make_refund(hub, customer, payment_id=payment, payment_external_id="P1", reason="sent twice", custom={"ticket": "7"})
    make_refund(hub, customer, credit_note_id=note, amount_minor=700, state=PaymentState.SUBMITTED)
    make_refund(hub, customer, payment_external_id="to come", amount_minor=1)
    make_refund(hub, customer, payment_id=payment, is_deleted=True)
    hub.reference(Entity.REFUND, made, "R1")
    data = hub.data(
        """{ refunds(orderBy: [{field: AMOUNT}]) { totalCount nodes {
               payment { reference } paymentExternalId creditNote { number } state amount { amount currency } } }
             payments { nodes { refunds { nodes { reason refundDate customFields { name value } references { externalId } customer { name } } } } }
             creditNotes { nodes { refunds { nodes { amount { amount } } } } }
             customers { nodes { refunds(where: {state: {eq: SETTLED}}) { totalCount } } } }"""
    )
    assert data["refunds"] == {
        "totalCount": 3,
        "nodes": [
            {"payment": None, "paymentExternalId": "to come", "creditNote": None, "state": "SETTLED", "amount": {"amount": "0.01", "currency": "EUR"}},
            {
                "payment": {"reference": "wire"},
                "paymentExternalId": "P1",
                "creditNote": None,
                "state": "SETTLED",
                "amount": {"amount": "5.00", "currency": "EUR"},
            },
            {"payment": None, "paymentExternalId": None, "creditNote": {"number": "C1"}, "state": "SUBMITTED", "amount": {"amount": "7.00", "currency": "EUR"}},
        ],
    }
    [of_payment] = data["payments"]["nodes"][0]["refunds"]["nodes"]
    assert of_payment == {
        "reason": "sent twice",
        "refundDate": "2026-03-01",
        "customFields": [{"name": "ticket", "value": "7"}],
        "references": [{"externalId": "R1"}],
        "customer": {"name": "Acme"},
    }
    assert data["creditNotes"]["nodes"][0]["refunds"]["nodes"] == [{"amount": {"amount": "7.00"}}]
    assert data["customers"]["nodes"][0]["refunds"] == {"totalCount": 2}


def test_attempts_are_seen_from_invoice_payment_and_customer(hub: Hub) -> None:
    customer = hub.customer("Acme")
    invoice, payment = hub.invoice(customer, 10_00, number="I1"), hub.payment(customer, 10_00)
    method = make_method(hub, customer, brand="Visa", last_four="4242")
    declined = {"decline_reason": "insufficient_funds", "decline_code": "51", "dunning_status": DunningStatus.IN_PROGRESS, "next_retry_on": date(2026, 3, 4)}
    make_attempt(hub, customer, invoice_id=invoice, payment_method_id=method, **declined)
    later = datetime(2026, 3, 4, 9, tzinfo=UTC)
    make_attempt(hub, customer, invoice_id=invoice, payment_id=payment, kind=AttemptKind.RETRY, state=PaymentState.SETTLED, attempted_at=later)
    make_attempt(hub, customer, invoice_number="2026-17", gateway="acquirer", gateway_transaction_id="ch_1")
    data = hub.data(
        """{ invoices { nodes { paymentAttempts(orderBy: [{field: ATTEMPTED_AT, direction: DESC}]) { nodes {
               attemptedAt kind state declineReason declineCode dunningStatus nextRetryOn paymentMethod { brand lastFour } } } } }
             payments { nodes { attempts { nodes { kind invoice { number } } } } }
             customers { nodes { paymentAttempts { totalCount } } }
             paymentAttempts(where: {invoiceNumber: {eq: "2026-17"}}) { nodes {
               invoice { number } gateway gatewayTransactionId amount { amount currency } } } }"""
    )
    second, first = data["invoices"]["nodes"][0]["paymentAttempts"]["nodes"]
    assert (second["kind"], second["state"], second["attemptedAt"], second["paymentMethod"]) == ("RETRY", "SETTLED", "2026-03-04T09:00:00Z", None)
    assert first == {
        "attemptedAt": "2026-03-01T09:00:00Z",
        "kind": "CHARGE",
        "state": "DECLINED",
        "declineReason": "insufficient_funds",
        "declineCode": "51",
        "dunningStatus": "IN_PROGRESS",
        "nextRetryOn": "2026-03-04",
        "paymentMethod": {"brand": "Visa", "lastFour": "4242"},
    }
    assert data["payments"]["nodes"][0]["attempts"]["nodes"] == [{"kind": "RETRY", "invoice": {"number": "I1"}}]
    assert data["customers"]["nodes"][0]["paymentAttempts"] == {"totalCount": 3}
    assert data["paymentAttempts"]["nodes"] == [
        {"invoice": None, "gateway": "acquirer", "gatewayTransactionId": "ch_1", "amount": {"amount": "10.00", "currency": "EUR"}}
    ]


def test_customers_and_invoices_are_found_by_how_they_pay(hub: Hub) -> None:
    good, bad = hub.customer("Good"), hub.customer("Bad")
    make_method(hub, good, is_primary=True, expires_on=date(2030, 1, 31))
    make_method(hub, bad, status=PaymentSourceStatus.EXPIRED)
    make_subscription(hub, good, plan="Gold", starts_on=date(2026, 1, 1), custom={"seats": 3})
    make_subscription(hub, bad, status=SubscriptionStatus.CANCELLED)
    make_attempt(hub, bad, invoice_id=hub.invoice(bad, 10_00, number="I1"))
    hub.invoice(good, 10_00, number="I2")
    data = hub.data(
        """{ expired: customers(where: {paymentMethods: {status: {eq: EXPIRED}}}) { nodes { name } }
             active: customers(where: {subscriptions: {status: {in: [ACTIVE, IN_TRIAL]}}}) { nodes { name
               subscriptions { nodes { plan status startsOn endsOn customFields { name value } } }
               paymentMethods { nodes { kind status isPrimary isBackup expiresOn } } } }
             declined: customers(where: {paymentAttempts: {state: {eq: DECLINED}}}) { nodes { name } }
             tried: invoices(where: {paymentAttempts: {kind: {eq: CHARGE}}}) { nodes { number } } }"""
    )
    assert (data["expired"]["nodes"], data["declined"]["nodes"], data["tried"]["nodes"]) == ([{"name": "Bad"}], [{"name": "Bad"}], [{"number": "I1"}])
    [active] = data["active"]["nodes"]
    assert active["subscriptions"]["nodes"] == [
        {"plan": "Gold", "status": "ACTIVE", "startsOn": "2026-01-01", "endsOn": None, "customFields": [{"name": "seats", "value": "3"}]}
    ]
    assert active["paymentMethods"]["nodes"] == [{"kind": "CARD", "status": "VALID", "isPrimary": True, "isBackup": False, "expiresOn": "2030-01-31"}]


@pytest.mark.parametrize("type_name", ["Refund", "PaymentMethod", "PaymentAttempt", "Subscription"])
def test_each_is_found_by_its_id_and_deleted_ones_by_who_may_see_them(hub: Hub, type_name: str) -> None:
    customer = hub.customer("Acme")
    make = {"Refund": make_refund, "PaymentMethod": make_method, "PaymentAttempt": make_attempt, "Subscription": make_subscription}[type_name]
    there, gone = encode_id(type_name, make(hub, customer)), encode_id(type_name, make(hub, customer, is_deleted=True))
    field = type_name[0].lower() + type_name[1:]
    query = f"query($id: ID!) {{ {field}(id: $id) {{ id isDeleted }} node(id: $id) {{ id }} }}"
    assert hub.data(query, id=there) == {field: {"id": there, "isDeleted": False}, "node": {"id": there}}
    assert hub.data(query, id=gone) == {field: {"id": gone, "isDeleted": True}, "node": {"id": gone}}
    assert hub.data(query, Role.COLLECTOR, id=gone) == {field: None, "node": None}
    assert hub.data(f"{{ {field}s {{ nodes {{ id }} }} }}") == {f"{field}s": {"nodes": [{"id": there}]}}
