"""What rows show: states of invoices, overlays, allocations, links, contacts, runs and refused records."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hub.model import (
    Checkpoint,
    Dispute,
    ExchangeRate,
    Hold,
    Promise,
    RateWindow,
    ScheduledPayment,
    Segment,
    SegmentMember,
    SyncNotice,
    table_of,
)
from hub.vocabulary import (
    ConnectionKind,
    ConnectionStatus,
    ContactRole,
    DisputeStatus,
    Entity,
    HoldScope,
    Lifecycle,
    PaymentState,
    Reconciliation,
    ScheduledPaymentStatus,
    SettlementKind,
    Stream,
)
from tests.schema.hub import NOW, PUSHED, TODAY, Hub

STATES = "{ invoices(orderBy: [{field: NUMBER}], where: {isDeleted: {eq: false}}) { nodes { number status isOpen isOverdue daysPastDue } } }"


def test_the_state_of_an_invoice_follows_from_its_facts(hub: Hub) -> None:
    customer = hub.customer("Acme")
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    cases: dict[str, tuple[dict[str, Any], tuple[str, bool, bool, int | None]]] = {
        "due today": ({"due_date": TODAY}, ("OPEN", True, False, 0)),
        "due yesterday": ({"due_date": yesterday, "paid": 40}, ("PARTIALLY_PAID", True, True, 1)),
        "due tomorrow": ({"due_date": tomorrow}, ("OPEN", True, False, -1)),
        "no due date": ({"due_date": None, "first_open_due_date": None}, ("OPEN", True, False, None)),
        "paid": ({"paid": 100}, ("PAID", False, False, None)),
        "paid over": ({"paid": 120}, ("PAID", False, False, None)),
        "draft": ({"lifecycle": Lifecycle.DRAFT}, ("DRAFT", False, False, None)),
        "future": ({"lifecycle": Lifecycle.FUTURE, "document_date": tomorrow}, ("FUTURE", False, False, None)),
        "future no more": ({"lifecycle": Lifecycle.FUTURE, "document_date": TODAY, "due_date": tomorrow}, ("OPEN", True, False, -1)),
        "void": ({"lifecycle": Lifecycle.VOID}, ("VOID", False, False, None)),
        "void from tomorrow": ({"lifecycle": Lifecycle.VOID, "voided_on": tomorrow, "due_date": TODAY}, ("OPEN", True, False, 0)),
        "written off": ({"lifecycle": Lifecycle.WRITTEN_OFF, "written_off_on": yesterday}, ("WRITTEN_OFF", False, False, None)),
        "written off from tomorrow": ({"lifecycle": Lifecycle.WRITTEN_OFF, "written_off_on": tomorrow, "due_date": TODAY}, ("OPEN", True, False, 0)),
    }
    for number, (values, _) in cases.items():
        given: dict[str, Any] = {"number": number} | values
        hub.invoice(customer, 100, **given)
    found = {node.pop("number"): tuple(node.values()) for node in hub.data(STATES)["invoices"]["nodes"]}
    assert found == {number: expected for number, (_, expected) in cases.items()}


def test_an_invoice_shows_what_its_source_says_and_the_difference(hub: Hub) -> None:
    customer = hub.customer("Acme")
    hub.invoice(customer, 1_000, number="1", source_balance_minor=900, source_status="Awaiting payment")
    hub.invoice(customer, 1_000, number="2", source_balance_minor=1_000)
    hub.invoice(customer, 1_000, number="3", currency="JPY")
    query = """{ invoices(orderBy: [{field: NUMBER}]) { nodes {
      sourceStatus sourceBalance { amount currency } mismatch { amount currency } amountDue { amount currency } } } }"""
    first, second, third = hub.data(query)["invoices"]["nodes"]
    assert first["mismatch"] == {"amount": "-1.00", "currency": "EUR"}
    assert (first["sourceStatus"], first["sourceBalance"]) == ("Awaiting payment", {"amount": "9.00", "currency": "EUR"})
    assert second["mismatch"] is None
    assert (third["mismatch"], third["sourceBalance"], third["amountDue"]) == (None, None, {"amount": "1000", "currency": "JPY"})


def test_overlays_come_from_the_invoice_and_its_customer(hub: Hub) -> None:
    held, other = hub.customer("Held"), hub.customer("Other")
    hub.insert(Hold, customer_id=held, scope=HoldScope.COMMUNICATIONS, reason="asked", starts_on=TODAY, ends_on=TODAY, created_by="ada", created_at=NOW)
    hub.insert(
        Hold,
        customer_id=held,
        scope=HoldScope.PORTAL,
        reason="over",
        starts_on=date(2026, 1, 1),
        ends_on=TODAY - timedelta(days=1),
        created_by="a",
        created_at=NOW,
    )
    hub.invoice(held, 100, number="1")
    plain = hub.invoice(other, 100, number="2")
    busy = hub.invoice(other, 100, number="3")
    hub.insert(Hold, invoice_id=busy, scope=HoldScope.COLLECTION, reason="legal", starts_on=TODAY, created_by="ada", created_at=NOW)
    hub.insert(Hold, invoice_id=plain, scope=HoldScope.PORTAL, reason="lifted", starts_on=TODAY, created_by="ada", created_at=NOW, lifted_at=NOW)
    hub.insert(Dispute, customer_id=other, invoice_id=busy, status=DisputeStatus.OPEN, currency="EUR", amount_minor=10, created_at=NOW, updated_at=NOW)
    hub.insert(Promise, customer_id=other, invoice_id=busy, currency="EUR", amount_minor=10, promised_on=TODAY, due_on=TODAY, created_at=NOW)
    scheduled = {"customer_id": other, "invoice_id": busy, "status": ScheduledPaymentStatus.SCHEDULED, "currency": "EUR", "amount_minor": 10, "run_on": TODAY}
    hub.insert(ScheduledPayment, **scheduled, created_at=NOW, updated_at=NOW)
    payment = hub.payment(other, 50, state=PaymentState.ACCEPTED, reconciliation=Reconciliation.PENDING)
    hub.settlement(busy, 50, payment_id=payment, counts=False)
    query = "{ invoices(orderBy: [{field: NUMBER}]) { nodes { overlays { holds hold disputed arrangement promised pendingPayment scheduledPayment } } } }"
    first, second, third = (node["overlays"] for node in hub.data(query)["invoices"]["nodes"])
    nothing: dict[str, Any] = {
        "holds": [],
        "hold": False,
        "disputed": False,
        "arrangement": False,
        "promised": False,
        "pendingPayment": False,
        "scheduledPayment": False,
    }
    assert first == nothing | {"holds": ["COMMUNICATIONS"], "hold": True}
    assert second == nothing
    everything = {"disputed": True, "promised": True, "pendingPayment": True, "scheduledPayment": True}
    assert third == nothing | {"holds": ["COLLECTION"], "hold": True} | everything


def test_allocations_are_seen_from_both_sides(hub: Hub) -> None:
    customer = hub.customer("Acme")
    invoice = hub.invoice(customer, 1_000, number="I1", currency="USD")
    payment = hub.payment(customer, 800, reference="wire 7", allocated_minor=450, unapplied_minor=350)
    note = hub.credit_note(customer, 100, number="C1")
    hub.settlement(invoice, 500, allocated_minor=450, payment_id=payment, effective_date=date(2026, 2, 2), allocation_date=date(2026, 2, 2))
    hub.settlement(invoice, 100, kind=SettlementKind.CREDIT_NOTE, credit_note_id=note)
    hub.settlement(None, 5, payment_id=payment, invoice_external_id="missing", effective_date=date(2026, 3, 1))
    data = hub.data(
        """{ invoices { nodes { settlements { kind amount { amount currency } allocated { amount currency } effectiveDate allocationDate dateBasis
              payment { reference } creditNote { number } } } }
             payments { nodes { amount { amount } unapplied { amount } allocations { amount { amount currency } invoice { number } invoiceExternalId } } }
             creditNotes { nodes { number allocations { invoice { number } allocated { amount currency } } } } }"""
    )
    credit, wire = data["invoices"]["nodes"][0]["settlements"]
    assert (credit["kind"], credit["creditNote"], credit["payment"]) == ("CREDIT_NOTE", {"number": "C1"}, None)
    assert credit["allocated"] == {"amount": "1.00", "currency": "EUR"}
    assert (wire["amount"], wire["allocated"]) == ({"amount": "5.00", "currency": "USD"}, {"amount": "4.50", "currency": "EUR"})
    assert (wire["payment"], wire["allocationDate"], wire["dateBasis"]) == ({"reference": "wire 7"}, "2026-02-02", "STATED")
    [shown] = data["payments"]["nodes"]
    assert shown["allocations"] == [
        {"amount": {"amount": "5.00", "currency": "USD"}, "invoice": {"number": "I1"}, "invoiceExternalId": None},
        {"amount": None, "invoice": None, "invoiceExternalId": "missing"},
    ]
    assert data["creditNotes"]["nodes"] == [
        {"number": "C1", "allocations": [{"invoice": {"number": "I1"}, "allocated": {"amount": "1.00", "currency": "EUR"}}]}
    ]


def test_converted_amounts_tell_their_rate(hub: Hub) -> None:
    customer = hub.customer("Acme")
    rate = hub.insert(
        ExchangeRate,
        source="ECB",
        currency="JPY",
        base_currency="EUR",
        rate_date=date(2026, 3, 30),
        numerator=1,
        denominator=160,
        first_seen_at=NOW,
        updated_at=NOW,
    )
    window = hub.insert(RateWindow, currency="JPY", valid_from=date(2026, 3, 30), numerator=100, denominator=160, exchange_rate_id=rate)
    hub.invoice(customer, 16_000, number="1", currency="JPY", converted_total_minor=10_000, converted_due_minor=10_000, rate_window_id=window)
    hub.invoice(customer, 16_000, number="2", currency="USD", converted_total_minor=None, converted_due_minor=None)
    hub.invoice(customer, 16_000, number="3")
    query = """{ invoices(orderBy: [{field: NUMBER}]) { nodes {
      total { amount currency } converted { total { amount currency } rate { rate rateDate rateSource } } } } }"""
    first, second, third = hub.data(query)["invoices"]["nodes"]
    assert (first["total"], first["converted"]["total"]) == ({"amount": "16000", "currency": "JPY"}, {"amount": "100.00", "currency": "EUR"})
    assert Decimal(first["converted"]["rate"]["rate"]) == Decimal("0.00625")
    assert (first["converted"]["rate"]["rateDate"], first["converted"]["rate"]["rateSource"]) == ("2026-03-30", "ECB")
    assert second["converted"] == {"total": None, "rate": None}
    assert third["converted"] == {"total": {"amount": "160.00", "currency": "EUR"}, "rate": None}


def test_links_show_every_connection_and_why_one_is_missing(hub: Hub) -> None:
    hub.connection("a paused", kind=ConnectionKind.CRM, status=ConnectionStatus.PAUSED)
    hub.connection("b locked", kind=ConnectionKind.GATEWAY, status=ConnectionStatus.NEEDS_AUTHORISATION)
    hub.connection("c invoices only", streams=[Stream.INVOICES.value])
    hub.connection("d removed", status=ConnectionStatus.REMOVED)
    gone = hub.connection("e gone")
    customer = hub.customer("Acme")
    hub.customer("Beta")
    hub.reference(Entity.CUSTOMER, customer, "1")
    hub.reference(Entity.CUSTOMER, customer, "0")
    hub.reference(Entity.CUSTOMER, customer, "x", connection_id=gone, is_deleted_at_source=True)
    hub.reference(Entity.INVOICE, customer, "an invoice with the same key")
    [acme, beta] = hub.data("{ customers { nodes { links { connection connected externalId reason } } } }")["customers"]["nodes"]
    assert [(link["connection"], link["connected"], link["externalId"]) for link in acme["links"]] == [
        ("a paused", False, None),
        ("b locked", False, None),
        ("books", True, "0"),
        ("books", True, "1"),
        ("c invoices only", False, None),
        ("e gone", False, "x"),
    ]
    reasons = [link["reason"] for link in acme["links"]]
    assert reasons[2:4] == [None, None]
    assert "paused" in reasons[0]
    assert "authorised" in reasons[1]
    assert "does not deliver" in reasons[4]
    assert "deleted there" in reasons[5]
    assert [link["connected"] for link in beta["links"]] == [False] * 5


def test_a_customer_shows_all_that_is_known(hub: Hub) -> None:
    parent = hub.customer("Group")
    customer = hub.customer(
        "Acme",
        parent_id=parent,
        bill_to_id=parent,
        address_lines=["1 Road", "2nd floor"],
        reported_balances={"USD": 1234, "JPY": 5},
        custom={"vip": True, "tier": "gold", "score": 7, "note": None},
    )
    segment = hub.insert(Segment, name="Enterprise", position=1)
    with hub.store.write() as connection:
        connection.execute(table_of(SegmentMember).insert().values(segment_id=segment, customer_id=customer))
    hub.contact(customer, "Ada", roles=[ContactRole.COMMUNICATION.value], email="ada@example.org")
    data = hub.data(
        """{ customers(where: {name: {eq: "Acme"}}) { nodes { addressLines reportedBalances { amount currency } customFields { name value } segments { name }
          parent { name children { totalCount nodes { name } } } billTo { name }
          contacts { nodes { name roles email customer { name } } } health { asOf } } } }"""
    )
    [shown] = data["customers"]["nodes"]
    assert shown == {
        "addressLines": ["1 Road", "2nd floor"],
        "reportedBalances": [{"amount": "5", "currency": "JPY"}, {"amount": "12.34", "currency": "USD"}],
        "customFields": [{"name": "note", "value": None}, {"name": "score", "value": "7"}, {"name": "tier", "value": "gold"}, {"name": "vip", "value": "true"}],
        "segments": [{"name": "Enterprise"}],
        "parent": {"name": "Group", "children": {"totalCount": 1, "nodes": [{"name": "Acme"}]}},
        "billTo": {"name": "Group"},
        "contacts": {"nodes": [{"name": "Ada", "roles": ["COMMUNICATION"], "email": "ada@example.org", "customer": {"name": "Acme"}}]},
        "health": None,
    }


def test_connections_tell_how_far_they_were_read(hub: Hub) -> None:
    early, late = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    hub.insert(Checkpoint, connection_id=hub.connection_id, feed="b", data_as_of=late, updated_at=NOW, sequence="2026-03")
    hub.insert(Checkpoint, connection_id=hub.connection_id, feed="a", data_as_of=early, updated_at=NOW)
    hub.run(read_count=1)
    feeds = {"invoices": {"streams": {"INVOICES": {"read": 9, "created": 8}}, "notices": 1, "held": None, "absent": 2}}
    run = hub.run(read_count=9, rejected_count=1, feeds=feeds)
    hub.rejected(run, place="invoices.csv line 14", external_id="I14", raw='{"Amount": "12,5"}', record="not json")
    hub.insert(SyncNotice, run_id=run, feed="invoices", message="rounded")
    data = hub.data(
        """{ connections { nodes { name kind dataAsOf feeds { name sequence dataAsOf } runs { totalCount } rejectedRecords { nodes { run { readCount } } }
          lastRun { readCount status feeds { name held noticeCount absentCount counts { stream outcome count } } notices { nodes { message } }
            rejectedRecords { nodes { place externalId raw record reason status } } } } } }"""
    )
    [shown] = data["connections"]["nodes"]
    assert (shown["dataAsOf"], shown["runs"], shown["kind"]) == ("2026-03-01T08:00:00Z", {"totalCount": 2}, "FILES")
    assert shown["feeds"] == [
        {"name": "a", "sequence": None, "dataAsOf": "2026-03-01T08:00:00Z"},
        {"name": "b", "sequence": "2026-03", "dataAsOf": "2026-03-02T08:30:00Z"},
    ]
    assert shown["lastRun"] == {
        "readCount": 9,
        "status": "RUNNING",
        "feeds": [
            {
                "name": "invoices",
                "held": None,
                "noticeCount": 1,
                "absentCount": 2,
                "counts": [{"stream": "INVOICES", "outcome": "read", "count": 9}, {"stream": "INVOICES", "outcome": "created", "count": 8}],
            }
        ],
        "notices": {"nodes": [{"message": "rounded"}]},
        "rejectedRecords": {
            "nodes": [
                {"place": "invoices.csv line 14", "externalId": "I14", "raw": {"Amount": "12,5"}, "record": "not json", "reason": "no amount", "status": "OPEN"}
            ]
        },
    }
    assert shown["rejectedRecords"]["nodes"] == [{"run": {"readCount": 9}}]


def test_connectors_are_what_is_installed(hub: Hub) -> None:
    found = hub.ask("{ connectors { name title plugin kinds streams } }")
    assert found.data["connectors"] == [
        {"name": "files", "title": "Files in a folder", "plugin": "connectors.files", "kinds": ["FILES"], "streams": ["CUSTOMERS", "INVOICES"]},
        {"name": "api", "title": "What is pushed", "plugin": "connectors.api", "kinds": ["API"], "streams": [stream.value for stream in PUSHED]},
    ]
    assert found.statements == []
