"""recordsPush: records of every kind land by the API as a connector's do, and each is told what became of it, at its place in the input."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from hub.access.principal import Principal
from hub.model import AuditEntry, Connection, Customer, ExternalReference, Invoice, RejectedRecord, RequestOutcome, SyncRun
from hub.plugins.records import (
    AllocationItem,
    ContactRecord,
    CreditNoteRecord,
    CrossReference,
    CustomerRecord,
    DuePartItem,
    ExchangeRateRecord,
    InvoiceLineItem,
    InvoiceRecord,
    PaymentRecord,
    Record,
)
from hub.plugins.services import HubServices
from hub.sync.pushing import FEW_CUSTOMERS, FOLLOW_UP_JOB, Push
from hub.vocabulary import (
    BillToPreference,
    ConnectionKind,
    ConnectionStatus,
    ContactRole,
    DocumentType,
    EntityType,
    Lifecycle,
    PaymentMethodKind,
    PaymentState,
    Reconciliation,
    RejectionStatus,
    Role,
    SourceHandling,
)
from schema.http.routes import build_routes
from schema.ids import encode_id
from schema.limits.numbers import LIMITS
from tests.schema.hub import NOW, Hub, services
from tests.schema.mutation.examples import books, till
from tests.sync.contents import contents
from tests.wiping import wipe

ALL = "run { id readCount createdCount rejectedCount } results { index externalId outcome nodeId }"
Given = dict[str, Any]


def money(amount: str, currency: str = "EUR") -> Given:
    return {"amount": amount, "currency": currency}


def customer(external_id: str = "C1", **fields: object) -> Given:
    return {"customer": {"externalId": external_id, "name": f"Customer {external_id}"} | fields}


def invoice(external_id: str = "I1", total: str = "100.00", **fields: object) -> Given:
    given: Given = {"externalId": external_id, "customerExternalId": "C1", "total": money(total), "documentDate": "2026-01-15", "dueDate": "2026-02-14"}
    return {"invoice": given | fields}


def payment(external_id: str = "P1", amount: str = "40.00", **fields: object) -> Given:
    return {"payment": {"externalId": external_id, "customerExternalId": "C1", "amount": money(amount), "paymentDate": "2026-02-01"} | fields}


def allocation(amount: Given, **fields: object) -> Given:
    return {"invoiceExternalId": "I1", "amount": amount} | fields


def deletion(external_id: str, stream: str = "INVOICES", **fields: object) -> Given:
    return {"deletion": {"stream": stream, "externalId": external_id} | fields}


def connection_of(hub: Hub) -> str:
    """The id of the connection that is pushed to, made when it is needed first."""
    found = [row["id"] for row in hub.rows(Connection) if row["name"] == "till"]
    return encode_id("ConnectedSystem", found[0]) if found else till(hub)


def push(hub: Hub, *records: Given, key: str = "k", role: Role = Role.INTEGRATOR, select: str = ALL, **more: object) -> Any:  # noqa: ANN401 - the payload
    given: Given = {"connection": connection_of(hub), "records": list(records), "idempotencyKey": key, "reason": "night"}
    answer = hub.act("recordsPush", given | more, role, select=select)
    assert not answer.errors, answer.errors
    return answer.data["done"]


def outcomes(payload: Any) -> list[str]:  # noqa: ANN401 - the same
    return [result["outcome"] for result in payload["results"]]


def errors(payload: Any) -> list[tuple[list[str], str]]:  # noqa: ANN401 - the same
    return [(error["field"], error["code"]) for error in payload["userErrors"]]


STAMPED: Given = {"sourceVersion": "1760000000000", "sourceUpdatedAt": "2026-03-01T10:00:00+02:00", "url": "https://shop.example/1"}
_VERSION: Given = {"source_version": 1_760_000_000_000, "source_updated_at": datetime(2026, 3, 1, 8, tzinfo=UTC), "url": "https://shop.example/1"}

PAIRS: Sequence[tuple[Given, Record]] = (
    (
        customer(
            **STAMPED,
            legalName="Ida Ltd",
            email="ida@example.org",
            currency="EUR",
            addressLines=["1 High St"],
            country="GB",
            entityType="CUSTOMER",
            isBilled=True,
            billToPreference="BUYER",
            paymentTermsDays=30,
            segments=["Retail"],
            sourceHandling="ACTIVE",
            reportedBalances=[money("60.00"), money("5", "JPY")],
            knownAs=[{"externalId": "x-1", "kind": "CRM"}],
            customFields={"tier": "gold", "since": 2020, "vip": True, "note": None},
        ),
        CustomerRecord(
            external_id="C1",
            name="Customer C1",
            **_VERSION,
            legal_name="Ida Ltd",
            email="ida@example.org",
            currency="EUR",
            address_lines=["1 High St"],
            country="GB",
            entity_type=EntityType.CUSTOMER,
            bill_to_preference=BillToPreference.BUYER,
            payment_terms_days=30,
            segments=["Retail"],
            source_handling=SourceHandling.ACTIVE,
            reported_balances={"EUR": 60_00, "JPY": 5},
            known_as=[CrossReference(external_id="x-1", kind=ConnectionKind.CRM)],
            custom={"tier": "gold", "since": 2020, "vip": True, "note": None},
        ),
    ),
    (
        {"contact": {"externalId": "K1", "customerExternalId": "C1", "name": "Ada", "roles": ["COMMUNICATION"], "isPrimary": True, "jobTitle": "Buyer"}},
        ContactRecord(external_id="K1", customer_external_id="C1", name="Ada", roles=[ContactRole.COMMUNICATION], is_primary=True, job_title="Buyer"),
    ),
    (
        invoice(
            number="N-1",
            documentType="INVOICE",
            lifecycle="ISSUED",
            amountPaid=money("10.00"),
            amountAdjusted=money("0"),
            writeOffAmount=money("0.00"),
            sourceBalance=money("90"),
            paidOn="2026-02-02",
            isDisputed=True,
            disputeReason="late",
            lines=[{"itemName": "Hours", "quantity": "2.5", "unitPrice": "40.00", "amount": money("100.00")}],
            dueParts=[{"dueDate": "2026-02-14", "amount": money("100.00")}],
            customFields={"region": "north"},
        ),
        InvoiceRecord(
            external_id="I1",
            customer_external_id="C1",
            currency="EUR",
            document_date=date(2026, 1, 15),
            due_date=date(2026, 2, 14),
            total_minor=100_00,
            number="N-1",
            document_type=DocumentType.INVOICE,
            lifecycle=Lifecycle.ISSUED,
            amount_paid_minor=10_00,
            amount_adjusted_minor=0,
            write_off_minor=0,
            balance_minor=90_00,
            paid_on=date(2026, 2, 2),
            is_disputed=True,
            dispute_reason="late",
            lines=[InvoiceLineItem(item_name="Hours", quantity="2.5", unit_price="40.00", amount_minor=100_00)],
            due_parts=[DuePartItem(due_date=date(2026, 2, 14), amount_minor=100_00)],
            custom={"region": "north"},
        ),
    ),
    (
        {
            "creditNote": {
                "externalId": "N1",
                "customerExternalId": "C1",
                "total": money("30.00"),
                "documentDate": "2026-02-03",
                "sourceBalance": money("10.00"),
                "usedOn": "2026-02-04",
                "allocations": [allocation(money("20.00"), allocationDate="2026-02-04")],
            }
        },
        CreditNoteRecord(
            external_id="N1",
            customer_external_id="C1",
            currency="EUR",
            document_date=date(2026, 2, 3),
            total_minor=30_00,
            balance_minor=10_00,
            used_on=date(2026, 2, 4),
            allocations=[AllocationItem(invoice_external_id="I1", amount_minor=20_00, allocation_date=date(2026, 2, 4))],
        ),
    ),
    (
        payment(
            amount="50.00",
            state="SETTLED",
            reconciliation="RECONCILED",
            methodKind="CARD",
            memo="thanks",
            allocations=[allocation(money("45.00"), allocated=money("45.00"))],
        ),
        PaymentRecord(
            external_id="P1",
            customer_external_id="C1",
            currency="EUR",
            amount_minor=50_00,
            payment_date=date(2026, 2, 1),
            state=PaymentState.SETTLED,
            reconciliation=Reconciliation.RECONCILED,
            method_kind=PaymentMethodKind.CARD,
            memo="thanks",
            allocations=[AllocationItem(invoice_external_id="I1", amount_minor=45_00)],
        ),
    ),
    (
        payment("P2", allocations=[]) | {},
        PaymentRecord(external_id="P2", customer_external_id="C1", currency="EUR", amount_minor=40_00, payment_date=date(2026, 2, 1)),
    ),
    (
        {
            "payment": {
                "externalId": "P3",
                "customerExternalId": "C1",
                "amount": money("10.00", "USD"),
                "paymentDate": "2026-02-01",
                "allocations": [allocation(money("9.00"), allocated=money("10.00", "USD"))],
            }
        },
        PaymentRecord(
            external_id="P3",
            customer_external_id="C1",
            currency="USD",
            amount_minor=10_00,
            payment_date=date(2026, 2, 1),
            allocations=[AllocationItem(invoice_external_id="I1", amount_minor=9_00, currency="EUR", allocated_minor=10_00)],
        ),
    ),
    (
        {"exchangeRate": {"externalId": "usd", "currency": "USD", "baseCurrency": "EUR", "rateDate": "2026-01-01", "rate": "0.9"}},
        ExchangeRateRecord(external_id="usd", currency="USD", base_currency="EUR", rate_date=date(2026, 1, 1), numerator=9, denominator=10),
    ),
)


def test_every_kind_of_record_ends_as_if_a_connector_had_brought_it(hub: Hub) -> None:
    given = [pushed for pushed, _ in PAIRS]
    assert outcomes(push(hub, *given)) == ["CREATED"] * len(PAIRS)
    found = contents(hub.store)
    wipe(hub.store)
    hub.connection()
    till(hub)
    [key] = [row["id"] for row in hub.rows(Connection) if row["name"] == "till"]
    made = services(hub.store)
    with hub.store.write() as connection:
        Push(connection, made.settings, made.clock, connection_id=key, connection_name="till", actor="ada").land([record for _, record in PAIRS])
    assert found == contents(hub.store)


def test_the_answer_tells_of_the_run_and_of_each_record(hub: Hub) -> None:
    made = push(hub, customer(), invoice(), invoice("I2", customerExternalId="C9"), {"exchangeRate": PAIRS[-1][0]["exchangeRate"]})
    ids = {row["external_id"]: row["entity_id"] for row in hub.rows(ExternalReference)}
    assert made["userErrors"] == []
    assert made["run"] == {"id": encode_id("SyncRun", 1), "readCount": 4, "createdCount": 3, "rejectedCount": 0}
    assert made["results"] == [
        {"index": 0, "externalId": "C1", "outcome": "CREATED", "nodeId": encode_id("Customer", ids["C1"])},
        {"index": 1, "externalId": "I1", "outcome": "CREATED", "nodeId": encode_id("Invoice", ids["I1"])},
        {"index": 2, "externalId": "I2", "outcome": "WAITING", "nodeId": None},
        {"index": 3, "externalId": "usd", "outcome": "CREATED", "nodeId": None},
    ]


def test_figures_are_right_with_the_answer(hub: Hub) -> None:
    push(hub, customer(), invoice(), payment(allocations=[allocation(money("40.00"))]))
    [found] = hub.data("{ customers { nodes { name health { totalAmountDue { amount } cashReceived { amount } } } } }")["customers"]["nodes"]
    assert found["health"] == {"totalAmountDue": {"amount": "60.00"}, "cashReceived": {"amount": "40.00"}}


def test_what_is_gone_is_marked(hub: Hub) -> None:
    push(hub, customer(), invoice(sourceVersion=2))
    assert outcomes(push(hub, deletion("I1", sourceVersion="1"), deletion("I9"), key="a")) == ["UNCHANGED", "UNCHANGED"]
    assert outcomes(push(hub, deletion("I1", sourceVersion="3"), key="b")) == ["DELETED"]
    assert [row["is_deleted"] for row in hub.rows(Invoice)] == [True]
    assert outcomes(push(hub, invoice(sourceVersion=2), key="c")) == ["STALE"]


REFUSED: dict[str, tuple[Given, list[str]]] = {
    "more decimals than the currency has": (invoice(total="1.001"), ["invoice", "total", "amount"]),
    "an amount out of range": (invoice(total="1E20"), ["invoice", "total", "amount"]),
    "a negative total": (invoice(total="-1"), ["invoice", "total"]),
    "two currencies in one invoice": (invoice(amountPaid=money("1", "USD")), ["invoice", "amountPaid"]),
    "a balance in another currency": (invoice(sourceBalance=money("1", "USD")), ["invoice", "sourceBalance"]),
    "a write-off in another currency": (invoice(writeOffAmount=money("1", "USD")), ["invoice", "writeOffAmount"]),
    "a line in another currency": (invoice(lines=[{"amount": money("1", "USD")}]), ["invoice", "lines"]),
    "a line's amount with too many decimals": (
        invoice(lines=[{"amount": money("1")}, {"amount": money("0.001")}]),
        ["invoice", "lines", "1", "amount", "amount"],
    ),
    "a line's text that is too long": (invoice(lines=[{"amount": money("1"), "itemName": "x" * 5_000}]), ["invoice", "lines", "itemName"]),
    "due parts that are not the total": (invoice(dueParts=[{"dueDate": "2026-01-01", "amount": money("1")}]), ["invoice", "dueParts"]),
    "a day of another age": (invoice(documentDate="0001-01-01"), ["invoice", "documentDate"]),
    "a text that is too long": (invoice(purchaseOrderNumber="x" * 5_000), ["invoice", "purchaseOrderNumber"]),
    "no id": (invoice(""), ["invoice", "externalId"]),
    "an id that is too long": (invoice("I" * 300), ["invoice", "externalId"]),
    "a version that is no whole number": (invoice(sourceVersion="1.5"), ["invoice", "sourceVersion"]),
    "a version that nothing can hold": (invoice(sourceVersion="1E999999"), ["invoice", "sourceVersion"]),
    "a name without a sign": (customer("C7", name=" "), ["customer", "name"]),
    "its own parent": (customer("C7", parentExternalId="C7"), ["customer", "parentExternalId"]),
    "a version of a deletion that nothing can hold": (deletion("C1", "CUSTOMERS", sourceVersion=str(2**63)), ["deletion", "sourceVersion"]),
    "a custom field of more than 64 bits": (customer("C7", customFields={"a": 2**64}), ["customer", "customFields"]),
    "a custom field of a hundred digits": (invoice(customFields={"a": -(10**98)}), ["invoice", "customFields"]),
    "a list of numbers of any size": (customer("C7", customFields={"a": [2**64]}), ["customer", "customFields"]),
    "a number beside a wrong amount": (invoice(total="1.001", customFields={"a": 2**64}), ["invoice", "total", "amount"]),
    "a custom field that is no value": (customer("C7", customFields={"a": [1]}), ["customer", "customFields"]),
    "a binary fraction": (customer("C7", customFields={"a": 1.5}), ["customer", "customFields"]),
    "custom fields that are none": (customer("C7", customFields=["a"]), ["customer", "customFields"]),
    "a balance twice": (customer("C7", reportedBalances=[money("1"), money("2")]), ["customer", "reportedBalances"]),
    "an id elsewhere of no system": (customer("C7", knownAs=[{"externalId": "x"}]), ["customer", "knownAs"]),
    "more allocated than there is": (payment(allocations=[allocation(money("41.00"))]), ["payment", "allocations"]),
    "another currency without what it takes": (payment(allocations=[allocation(money("1.00", "USD"))]), ["payment", "allocations", "allocated"]),
    "two amounts in one currency": (
        payment(allocations=[allocation(money("1.00"), allocated=money("2.00"))]),
        ["payment", "allocations", "allocated"],
    ),
    "a rate of nothing": ({"exchangeRate": PAIRS[-1][0]["exchangeRate"] | {"rate": "0"}}, ["exchangeRate", "rate"]),
    "a rate that nothing can hold": ({"exchangeRate": PAIRS[-1][0]["exchangeRate"] | {"rate": "1E-999999"}}, ["exchangeRate", "rate"]),
    "what is never pushed": (deletion("S1", "SUBSCRIPTIONS"), ["deletion", "stream"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_told_at_its_place_and_keeps_none_of_the_others_back(hub: Hub, case: str) -> None:
    wrong, place = REFUSED[case]
    made = push(hub, customer(), wrong, invoice("I5"))
    assert outcomes(made) == ["CREATED", "REJECTED", "CREATED"]
    assert errors(made) == [(["records", "1", *place], "INVALID")]
    assert made["run"]["rejectedCount"] == 1
    [kept] = hub.rows(RejectedRecord)
    assert (kept["status"], kept["reason"]) == (RejectionStatus.OPEN, made["userErrors"][0]["message"])
    assert kept["record"] or kept["raw"]


@pytest.mark.parametrize("wrong", [invoice(total="1.001"), invoice(total="-1"), invoice(amountPaid=money("1", "USD"))], ids=["unread", "invalid", "no record"])
def test_a_right_record_closes_the_one_that_was_refused(hub: Hub, wrong: Given) -> None:
    push(hub, customer(), wrong)
    assert outcomes(push(hub, invoice(), key="again")) == ["CREATED"]
    assert [row["status"] for row in hub.rows(RejectedRecord)] == [RejectionStatus.RESOLVED]


def test_what_was_refused_is_kept_as_it_was_pushed(hub: Hub) -> None:
    given = invoice(total="1.001", lines=[{"amount": money("1.001")}], customFields={"a_b": 1})
    push(hub, customer(), given, invoice("I2", amountPaid=money("1", "USD")))
    kept = [json.loads(row["raw"]) for row in hub.rows(RejectedRecord)]
    assert kept[0]["total"] == {"amount": "1.001", "currency": "EUR"}
    assert kept[0]["documentDate"] == "2026-01-15"
    assert kept[0]["customFields"] == {"a_b": 1}
    assert kept[1]["amountPaid"] == {"amount": "1.00", "currency": "USD"}
    assert kept[1]["externalId"] == "I2"


def test_a_card_number_in_what_was_refused_is_masked(hub: Hub) -> None:
    made = push(hub, customer(), invoice(total="1.001", purchaseOrderNumber="4111 1111 1111 1111"))
    [kept] = hub.rows(RejectedRecord)
    assert json.loads(kept["raw"])["purchaseOrderNumber"] == "****1111"
    assert "4111 1111" not in json.dumps(made)


@pytest.mark.parametrize("count", [0, 1_001])
def test_a_batch_has_from_one_to_a_thousand_records(hub: Hub, count: int) -> None:
    answer = hub.act("recordsPush", {"connection": connection_of(hub), "records": [customer()] * count, "idempotencyKey": "k"})
    if count:
        assert answer.errors or answer.data["done"]["userErrors"]
    else:
        assert answer.data["done"]["userErrors"][0]["field"] == ["records"]
    assert hub.rows(SyncRun) == []


@pytest.mark.parametrize("record", [{}, customer() | invoice(), {"customer": None}], ids=["none", "two", "null"])
def test_a_record_is_exactly_one_kind(hub: Hub, record: Given) -> None:
    answer = hub.act("recordsPush", {"connection": connection_of(hub), "records": [record], "idempotencyKey": "k"})
    assert [error["extensions"]["code"] for error in answer.errors] == ["BAD_USER_INPUT"]


def test_the_job_to_which_the_rest_is_left_is_named_also_by_the_next_push(hub: Hub) -> None:
    records = [customer(f"C{number}") for number in range(FEW_CUSTOMERS + 1)]
    first, second = (push(hub, *records[: FEW_CUSTOMERS + 1 - number], key=f"k{number}", select="job { id kind status }") for number in range(2))
    assert (first["job"]["kind"], first["job"]["status"]) == (FOLLOW_UP_JOB, "QUEUED")
    assert second["job"] == first["job"]


class TestWho:
    def test_only_connections_whose_connector_is_api_take_pushes(self, hub: Hub) -> None:
        refused = hub.refused("recordsPush", {"connection": books(hub), "records": [customer()], "idempotencyKey": "k"})
        assert refused == [(["connection"], "NOT_SUPPORTED")]
        assert hub.rows(SyncRun) == []

    def test_a_connection_that_is_paused_takes_none(self, hub: Hub) -> None:
        paused = hub.connection("till", connector="api", kind=ConnectionKind.API, status=ConnectionStatus.PAUSED, status_reason="moving")
        given: Given = {"connection": encode_id("ConnectedSystem", paused), "records": [customer()], "idempotencyKey": "k"}
        assert hub.refused("recordsPush", given) == [(["connection"], "CONFLICT")]
        assert hub.rows(Customer) == []

    def test_a_connection_that_is_not_declared_takes_none(self, hub: Hub) -> None:
        shop = encode_id("ConnectedSystem", hub.connection("shop", connector="api", kind=ConnectionKind.API))
        refused = hub.refused("recordsPush", {"connection": shop, "records": [customer()], "idempotencyKey": "k"})
        assert refused == [(["connection"], "NOT_SUPPORTED")]

    def test_changes_and_the_audit_log_tell_who_and_why_but_not_the_records(self, hub: Hub) -> None:
        push(hub, *(customer(f"C{number}") for number in range(50)), invoice(total="-1"))
        [entry] = hub.rows(AuditEntry)
        assert (entry["action"], entry["entity"], entry["entity_id"], entry["reason"]) == ("recordsPush", "SyncRun", 1, "night")
        assert entry["changes"] == {"created": [None, 50], "rejected": [None, 1]}
        assert entry["input"] == {"connection": connection_of(hub), "records": {"count": 51}}


class TestOnce:
    def test_the_same_key_gives_the_same_answer_without_effect(self, hub: Hub) -> None:
        first = push(hub, customer(), invoice(total="-1"), invoice("I2"))
        before = contents(hub.store)
        assert push(hub, customer(), invoice(total="-1"), invoice("I2")) == first
        assert contents(hub.store) == before
        assert len(hub.rows(SyncRun)) == len(hub.rows(RequestOutcome)) == 1

    def test_the_same_records_with_another_key_change_nothing(self, hub: Hub) -> None:
        given = [pushed for pushed, _ in PAIRS]
        push(hub, *given)
        before = contents(hub.store)
        assert outcomes(push(hub, *given, key="other")) == ["UNCHANGED"] * len(given)
        assert contents(hub.store) == before

    def test_what_was_refused_for_a_number_of_any_size_is_refused_again(self, hub: Hub) -> None:
        first = push(hub, customer(customFields={"a": 2**64}), customer("C2"))
        assert push(hub, customer(customFields={"a": 2**64}), customer("C2")) == first
        given = {
            "connection": connection_of(hub),
            "records": [customer(customFields={"a": 2**64 + 1}), customer("C2")],
            "idempotencyKey": "k",
            "reason": "night",
        }
        assert hub.act("recordsPush", given, Role.INTEGRATOR).error["code"] == "IDEMPOTENCY_KEY_REUSED"

    def test_a_key_for_other_records_is_refused(self, hub: Hub) -> None:
        push(hub, customer())
        answer = hub.act("recordsPush", {"connection": connection_of(hub), "records": [customer("C2")], "idempotencyKey": "k"}, Role.INTEGRATOR)
        assert [error["extensions"]["code"] for error in answer.errors] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_a_thousand_invoices_with_lines_pass_the_limits(hub: Hub) -> None:
    lines = [{"itemName": f"Item {number}", "quantity": "1", "unitPrice": "20.00", "amount": money("20.00")} for number in range(5)]
    records = [invoice(f"I{number}", lines=lines, sourceBalance=money("100.00"), number=f"2026-{number:05}") for number in range(999)]
    query = f"mutation($input: RecordsPushInput!) {{ recordsPush(input: $input) {{ {ALL} userErrors {{ field }} }} }}"
    body = {"query": query, "variables": {"input": {"connection": connection_of(hub), "records": [customer(), *records], "idempotencyKey": "k"}}}
    made = services(hub.store)
    allowed = HubServices(made.settings, made.store, made.clock, lambda _: Principal("ada", Role.INTEGRATOR, 1), made.business_date, made.connectors)
    app = Starlette(routes=build_routes(allowed, hub.schema, limits=LIMITS))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub", headers={"authorization": "Bearer dun_x"}, timeout=60) as client:
        answer = (await client.post("/graphql", json=body)).json()
    assert "errors" not in answer, answer["errors"]
    done = answer["data"]["recordsPush"]
    assert (done["userErrors"], set(outcomes(done)), done["run"]["createdCount"]) == ([], {"CREATED"}, 1_000)
    assert NOW in {row["ended_at"] for row in hub.rows(SyncRun)}
