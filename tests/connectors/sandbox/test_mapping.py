"""What each object of the three systems becomes, and what becomes of one that is not as agreed."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.sandbox.mapping import COLLECTIONS, SystemName, map_object, map_tombstone
from hub.plugins import (
    AllocationItem,
    AttemptKind,
    ConnectionKind,
    ContactRecord,
    ContactRole,
    CreditNoteRecord,
    CrossReference,
    CustomerRecord,
    Deletion,
    ExchangeRateRecord,
    InvoiceRecord,
    Lifecycle,
    PaymentAttemptRecord,
    PaymentMethodKind,
    PaymentMethodRecord,
    PaymentRecord,
    PaymentSourceStatus,
    PaymentState,
    Record,
    RefundRecord,
    Refusal,
    Stream,
    SubscriptionRecord,
    SubscriptionStatus,
)
from hub.plugins.documents import date_of
from tests.connectors.sandbox import small_world as bodies

CARRIED = {"id": "x-1", "version": 3, "created_at": "2026-10-01T08:00:00Z", "updated_at": "2026-11-20T10:00:00Z"}
MAKERS = {
    ("accounting", "customers"): bodies.accounting_customer,
    ("accounting", "invoices"): bodies.invoice,
    ("accounting", "credit_notes"): bodies.credit_note,
    ("accounting", "payments"): bodies.payment,
    ("accounting", "refunds"): bodies.refund,
    ("accounting", "rates"): bodies.rate,
    ("crm", "companies"): bodies.company,
    ("crm", "contacts"): bodies.contact,
    ("crm", "subscriptions"): bodies.subscription,
    ("gateway", "customers"): bodies.gateway_customer,
    ("gateway", "payment_methods"): bodies.payment_method,
    ("gateway", "charges"): bodies.charge,
}


def mapped(system: str, collection: str, **changes: Any) -> Record | Deletion | Refusal:  # noqa: ANN401 - a payload holds anything
    values = {**MAKERS[system, collection](1), **CARRIED, **changes}
    return map_object(COLLECTIONS[SystemName(system)][collection], values)


def invoice(**changes: Any) -> InvoiceRecord:  # noqa: ANN401 - see above
    found = mapped("accounting", "invoices", **changes)
    assert isinstance(found, InvoiceRecord)
    return found


@pytest.mark.parametrize(("system", "collection"), MAKERS)
def test_every_record_carries_id_version_change_and_its_whole_payload(system: str, collection: str) -> None:
    found = mapped(system, collection, mood="sunny")
    assert not isinstance(found, Deletion | Refusal)
    assert (found.external_id, found.source_version, found.source_updated_at) == ("x-1", 3, datetime(2026, 11, 20, 10, tzinfo=UTC))
    assert found.raw == {**MAKERS[system, collection](1), **CARRIED, "mood": "sunny"}
    assert (found.url, found.create_only) == (None, False)


class TestAccounting:
    def test_a_customer(self) -> None:
        found = mapped("accounting", "customers", parent_id="cus-9", tax_id="DE1", country="XX")
        assert isinstance(found, CustomerRecord)
        assert (found.name, found.tax_id, found.city, found.country, found.address_lines) == ("Customer 1", "DE1", "Bonn", "DE", ["Street 1"])
        assert (found.parent_external_id, found.payment_terms_days, found.finance_owner) == ("cus-9", 30, "owner@example.com")
        assert found.reported_balances == {"EUR": 11900, "JPY": 1190}
        assert found.custom == {"crm_id": "co-1", "reference": "R1"}
        assert found.known_as == [CrossReference(external_id="co-1", kind=ConnectionKind.CRM)]

    def test_an_invoice(self) -> None:
        found = invoice(po_number="PO1", disputed=True, dispute_reason="too dear")
        assert (found.number, found.customer_external_id, found.currency, found.total_minor) == ("2026-1", "cus-1", "EUR", 11900)
        assert (found.document_date, found.due_date) == (date(2026, 10, 1), date(2026, 10, 31))
        assert (found.amount_paid_minor, found.amount_adjusted_minor, found.balance_minor, found.write_off_minor) == (1900, 0, 10000, None)
        assert (found.is_disputed, found.dispute_reason, found.purchase_order_number) == (True, "too dear", "PO1")
        assert (found.lines[0].quantity, found.lines[0].unit_price, found.lines[0].amount_minor) == ("2", "59.50", 11900)
        assert [(part.due_date, part.amount_minor) for part in found.due_parts] == [(date(2026, 10, 31), 11900)]

    @pytest.mark.parametrize(
        ("status", "lifecycle"),
        [
            ("draft", Lifecycle.DRAFT),
            ("open", Lifecycle.ISSUED),
            ("paid", Lifecycle.ISSUED),
            ("void", Lifecycle.VOID),
            ("written_off", Lifecycle.WRITTEN_OFF),
        ],
    )
    def test_the_status_of_an_invoice(self, status: str, lifecycle: Lifecycle) -> None:
        assert (invoice(status=status).lifecycle, invoice(status=status).source_status) == (lifecycle, status)

    def test_what_a_write_off_leaves_unpaid_was_given_up(self) -> None:
        assert invoice(status="written_off", amount_credited="20.00", balance="0.00").write_off_minor == 11900 - 1900 - 2000

    @pytest.mark.parametrize(("currency", "text", "minor"), [("JPY", "1190", 1190), ("KWD", "11.900", 11900), ("EUR", "119.00", 11900)])
    def test_amounts_have_the_decimals_of_their_currency(self, currency: str, text: str, minor: int) -> None:
        found = invoice(currency=currency, total=text, amount_paid="0", amount_credited="0", balance=text, lines=[], due_parts=[])
        assert (found.total_minor, found.balance_minor) == (minor, minor)

    def test_a_credit_note(self) -> None:
        found = mapped("accounting", "credit_notes")
        assert isinstance(found, CreditNoteRecord)
        assert (found.total_minor, found.balance_minor, found.lifecycle, found.reason) == (2000, 1000, Lifecycle.ISSUED, "goodwill")
        assert found.allocations == [AllocationItem(invoice_external_id="inv-1", amount_minor=1000, allocation_date=date(2026, 10, 6))]

    @pytest.mark.parametrize(
        ("status", "state"),
        [
            ("pending", PaymentState.SUBMITTED),
            ("settled", PaymentState.SETTLED),
            ("returned", PaymentState.RETURNED),
            ("charged_back", PaymentState.CHARGED_BACK),
            ("void", PaymentState.VOIDED),
        ],
    )
    def test_a_payment(self, status: str, state: PaymentState) -> None:
        found = mapped("accounting", "payments", status=status, returned_on="2026-10-20")
        assert isinstance(found, PaymentRecord)
        assert (found.amount_minor, found.state, found.source_status, found.reversed_on) == (1900, state, status, date(2026, 10, 20))
        assert (found.method_kind, found.gateway, found.gateway_transaction_id) == (PaymentMethodKind.BANK_TRANSFER, None, None)

    def test_a_payment_and_the_attempt_that_brought_it_name_the_same_transaction(self) -> None:
        paid, attempt = mapped("accounting", "payments", gateway_charge_id="x-1"), mapped("gateway", "charges")
        assert isinstance(paid, PaymentRecord)
        assert isinstance(attempt, PaymentAttemptRecord)
        assert (paid.gateway, paid.gateway_transaction_id) == (attempt.gateway, attempt.gateway_transaction_id) == ("sandbox", "x-1")

    def test_a_refund(self) -> None:
        found = mapped("accounting", "refunds", status="void")
        assert isinstance(found, RefundRecord)
        assert (found.amount_minor, found.payment_external_id, found.credit_note_external_id, found.state) == (500, "pay-1", None, PaymentState.VOIDED)

    def test_a_rate_is_exact(self) -> None:
        found = mapped("accounting", "rates")
        assert isinstance(found, ExchangeRateRecord)
        assert (found.currency, found.base_currency, found.numerator, found.denominator) == ("USD", "EUR", 23, 25)


class TestCrmAndGateway:
    def test_a_company(self) -> None:
        found = mapped("crm", "companies", accounting_id="cus-1")
        assert isinstance(found, CustomerRecord)
        assert (found.website, found.segments, found.sales_owner, found.custom) == ("example.com", ["Large"], "sales@example.com", {"accounting_id": "cus-1"})
        assert found.known_as == [CrossReference(external_id="cus-1", kind=ConnectionKind.ACCOUNTING)]

    def test_a_company_that_was_merged(self) -> None:
        found = mapped("crm", "companies", archived=True, merged_into="co-2")
        assert isinstance(found, Deletion)
        assert found.merged_into == "co-2"

    def test_a_customer_of_the_gateway_is_known_by_its_reference(self) -> None:
        found = mapped("gateway", "customers", reference="cus-7")
        assert isinstance(found, CustomerRecord)
        assert found.known_as == [CrossReference(external_id="cus-7", kind=ConnectionKind.ACCOUNTING)]

    @pytest.mark.parametrize(
        ("words", "roles"),
        [
            ([], []),
            (["other", "janitor"], []),
            (["decision_maker"], [ContactRole.COMMUNICATION]),
            (["decision_maker", "billing"], [ContactRole.INVOICE_PRESENTMENT, ContactRole.COMMUNICATION]),
        ],
    )
    def test_a_contact_receives_what_its_roles_say_and_nothing_by_a_guess(self, words: list[str], roles: list[ContactRole]) -> None:
        found = mapped("crm", "contacts", roles=words)
        assert isinstance(found, ContactRecord)
        assert (found.customer_external_id, found.roles, found.is_primary) == ("co-1", roles, True)

    def test_a_subscription(self) -> None:
        found = mapped("crm", "subscriptions", status="non_renewing", ends_on="2026-12-31")
        assert isinstance(found, SubscriptionRecord)
        assert (found.status, found.plan, found.ends_on) == (SubscriptionStatus.NON_RENEWING, "Pro", date(2026, 12, 31))

    def test_a_payment_method(self) -> None:
        found = mapped("gateway", "payment_methods", status="expiring")
        assert isinstance(found, PaymentMethodRecord)
        assert (found.kind, found.status, found.last_four, found.expires_on) == (
            PaymentMethodKind.CARD,
            PaymentSourceStatus.EXPIRING,
            "4242",
            date(2028, 1, 31),
        )

    @pytest.mark.parametrize(
        ("status", "state"),
        [
            ("pending", PaymentState.SUBMITTED),
            ("succeeded", PaymentState.ACCEPTED),
            ("settled", PaymentState.SETTLED),
            ("failed", PaymentState.DECLINED),
            ("returned", PaymentState.RETURNED),
            ("disputed", PaymentState.CHARGED_BACK),
        ],
    )
    def test_an_attempt(self, status: str, state: PaymentState) -> None:
        found = mapped("gateway", "charges", status=status)
        assert isinstance(found, PaymentAttemptRecord)
        assert (found.state, found.kind, found.amount_minor, found.invoice_number) == (state, AttemptKind.RETRY, 1900, "2026-1")
        assert (found.decline_code, found.next_retry_on) == ("insufficient_funds", date(2026, 10, 10))

    def test_the_first_attempt_is_no_retry(self) -> None:
        found = mapped("gateway", "charges", attempt=1)
        assert isinstance(found, PaymentAttemptRecord)
        assert found.kind is AttemptKind.CHARGE


class TestDeletions:
    @pytest.mark.parametrize(("system", "collection", "flag"), [("accounting", "customers", "deleted"), ("crm", "contacts", "archived")])
    def test_a_flag_deletes_with_version_and_instant(self, system: str, collection: str, flag: str) -> None:
        found = mapped(system, collection, **{flag: True})
        stream = COLLECTIONS[SystemName(system)][collection].stream
        updated = datetime(2026, 11, 20, 10, tzinfo=UTC)
        assert found == Deletion(stream=stream, external_id="x-1", source_version=3, source_updated_at=updated)
        assert not isinstance(mapped(system, collection, **{flag: False}), Deletion)

    def test_a_tombstone_is_a_deletion(self) -> None:
        collection = COLLECTIONS[SystemName.ACCOUNTING]["invoices"]
        found = map_tombstone(collection, {"id": "inv-1", "version": 4, "deleted_at": "2026-11-20T10:00:00Z"})
        assert found == Deletion(stream=Stream.INVOICES, external_id="inv-1", source_version=4, source_updated_at=datetime(2026, 11, 20, 10, tzinfo=UTC))


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "field", "reason"),
        [
            ({"currency": "XXX"}, "currency", "is not a currency code"),
            ({"currency": None}, "currency", "it is missing"),
            ({"total": "12.345"}, "total", "more decimals than EUR has"),
            ({"date": "2026-02-30"}, "date", "is not a date"),
            ({"status": "lost"}, "status", "is not one of draft"),
            ({"version": "three"}, "version", "is not a whole number"),
            ({"updated_at": "yesterday"}, "updated_at", "is not an instant"),
            ({"customer_id": ""}, "customer_id", "it is empty"),
            ({"lines": [{"amount": "1.234"}]}, "lines[0].amount", "more decimals"),
            ({"due_parts": "none"}, "due_parts", "is not a list"),
        ],
    )
    def test_a_broken_value_is_refused_with_place_field_and_payload(self, changes: dict[str, Any], field: str, reason: str) -> None:
        found = mapped("accounting", "invoices", **changes)
        assert isinstance(found, Refusal)
        assert (found.place, found.field, found.stream, found.external_id) == ("accounting invoices x-1", field, Stream.INVOICES, "x-1")
        assert reason in found.reason
        assert found.raw is not None
        assert found.raw.items() >= changes.items()

    def test_a_name_that_is_empty_is_refused(self) -> None:
        found = mapped("accounting", "customers", name=" ")
        assert isinstance(found, Refusal)
        assert found.field == "name"

    def test_an_object_without_an_id_is_refused_without_one(self) -> None:
        found = mapped("accounting", "invoices", id=None)
        assert isinstance(found, Refusal)
        assert (found.place, found.field, found.external_id) == ("accounting invoices without an id", "id", None)


@pytest.mark.parametrize(
    ("system", "collection", "day"),
    [
        ("accounting", "invoices", date(2026, 10, 1)),
        ("accounting", "credit_notes", date(2026, 10, 5)),
        ("accounting", "payments", date(2026, 10, 7)),
        ("accounting", "refunds", date(2026, 10, 9)),
        ("gateway", "charges", date(2026, 10, 7)),
        ("accounting", "customers", None),
        ("accounting", "rates", None),
        ("crm", "subscriptions", None),
    ],
)
def test_documents_have_a_date_and_nothing_else_does(system: str, collection: str, day: date | None) -> None:
    assert date_of(mapped(system, collection)) == day
