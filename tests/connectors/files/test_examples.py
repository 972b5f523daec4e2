"""The data set that ships with the project: it goes in whole, and shows what it is there to show."""

import tomllib
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

from connectors.files.options import EXAMPLES
from hub.plugins import (
    BillToPreference,
    ContactRecord,
    CreditNoteRecord,
    CustomerRecord,
    DocumentType,
    EntityType,
    ExchangeRateRecord,
    InvoiceRecord,
    Lifecycle,
    PaymentRecord,
    SourceHandling,
)
from tests.connectors.files.workbench import Outcome, read_options, read_text, workbook

REPOSITORY = Path(__file__).parents[3]


@cache
def workspace() -> Outcome:
    settings = tomllib.loads((EXAMPLES / "workspace" / "plugins.toml").read_text(encoding="utf-8"))
    return read_options(settings["connections"]["example"]["options"], REPOSITORY)


class TestWorkspace:
    def test_every_row_becomes_a_record(self) -> None:
        outcome = workspace()
        assert outcome.refusals == []
        assert outcome.notices == []
        counted = Counter(type(record) for record in outcome.records)
        assert counted[CustomerRecord] >= 25
        assert counted[InvoiceRecord] >= 120
        assert min(counted[ContactRecord], counted[PaymentRecord], counted[ExchangeRateRecord]) >= 50
        assert counted[CreditNoteRecord] >= 10

    def test_every_reference_leads_somewhere(self) -> None:
        outcome = workspace()
        customers = {one.external_id for one in outcome.of(CustomerRecord)}
        invoices = {one.external_id: one for one in outcome.of(InvoiceRecord)}
        assert {one.parent_external_id for one in outcome.of(CustomerRecord)} - {None} <= customers
        documents = [*outcome.of(InvoiceRecord), *outcome.of(PaymentRecord), *outcome.of(CreditNoteRecord), *outcome.of(ContactRecord)]
        assert {one.customer_external_id for one in documents} <= customers
        for one in [*outcome.of(PaymentRecord), *outcome.of(CreditNoteRecord)]:
            assert {invoices[allocation.invoice_external_id].customer_external_id for allocation in one.allocations} <= {one.customer_external_id}

    def test_no_invoice_is_settled_beyond_its_total_and_no_payment_beyond_its_amount(self) -> None:
        outcome = workspace()
        settled: Counter[str] = Counter()
        for one in outcome.of(PaymentRecord):
            assert sum(part.amount_minor if part.allocated_minor is None else part.allocated_minor for part in one.allocations) <= one.amount_minor
            settled.update({part.invoice_external_id: part.amount_minor for part in one.allocations})
        for note in outcome.of(CreditNoteRecord):
            assert sum(part.amount_minor for part in note.allocations) <= note.total_minor
            settled.update({part.invoice_external_id: part.amount_minor for part in note.allocations})
        assert all(settled[one.external_id] + (one.write_off_minor or 0) <= one.total_minor for one in outcome.of(InvoiceRecord))

    def test_lines_add_up_to_the_total(self) -> None:
        assert all(sum(line.amount_minor for line in one.lines) == one.total_minor for one in workspace().of(InvoiceRecord))

    def test_it_shows_currencies_hierarchy_and_states(self) -> None:
        outcome = workspace()
        invoices = outcome.of(InvoiceRecord)
        assert {one.currency for one in invoices} == {"EUR", "USD", "GBP", "JPY", "KWD", "CHF"}
        assert {one.currency for one in outcome.of(ExchangeRateRecord)} == {"USD", "GBP", "JPY", "KWD"}
        assert {one.lifecycle for one in invoices} == set(Lifecycle)
        assert {one.document_type for one in invoices} == set(DocumentType)
        customers = outcome.of(CustomerRecord)
        assert {one.entity_type for one in customers} == set(EntityType)
        assert {one.source_handling for one in customers} == set(SourceHandling)
        assert {BillToPreference.TOP_PARENT, BillToPreference.IMMEDIATE_PARENT} <= {one.bill_to_preference for one in customers}
        assert len({one.customer_external_id for one in invoices if one.currency == "CHF"}) == 1

    def test_it_shows_disputes_due_parts_holds_and_money_that_is_not_applied(self) -> None:
        outcome = workspace()
        invoices = outcome.of(InvoiceRecord)
        assert sum(one.is_disputed for one in invoices) >= 5
        assert sum(bool(one.due_parts) for one in invoices) >= 5
        assert any(one.source_handling is SourceHandling.HOLD for one in invoices)
        payments = outcome.of(PaymentRecord)
        assert sum(not one.allocations for one in payments) >= 3
        assert sum(len(one.allocations) > 1 for one in payments) >= 5
        assert any(one.reversed_on for one in payments)
        assert any(part.allocated_minor is not None for one in payments for part in one.allocations)

    def test_it_covers_two_years_up_to_november_2026(self) -> None:
        dates = [one.document_date for one in workspace().of(InvoiceRecord) if one.lifecycle is not Lifecycle.FUTURE]
        assert min(dates) < date(2025, 1, 1)
        assert date(2026, 11, 1) <= max(dates) < date(2026, 12, 1)


class TestGeneralMappings:
    def test_open_invoices(self, tmp_path: Path) -> None:
        text = (
            "Customer number,Customer name,Invoice number,Invoice date,Due date,Currency,Amount,Open amount\n"
            "C1,Ada,1,2026-01-01,2026-02-01,USD,100.00,40.00\nC1,Ada,2,2026-01-05,,,-30.00,-30.00\n"
        )
        outcome = read_text(text, (EXAMPLES / "open-invoices.toml").read_text(), tmp_path)
        assert (outcome.refusals, outcome.notices) == ([], [])
        assert (outcome.only(InvoiceRecord).total_minor, outcome.only(InvoiceRecord).balance_minor) == (10000, 4000)
        credit = outcome.only(CreditNoteRecord)
        assert (credit.total_minor, credit.balance_minor, credit.currency) == (3000, 3000, "EUR")

    def test_full_open_list(self, tmp_path: Path) -> None:
        text = "Kundennummer;Name;Belegnummer;Belegdatum;Fällig am;Betrag;Offen\n4711;Brandt;900;30.10.2026;29.11.2026;1.234,50;1.000,00\n"
        outcome = read_text(text, (EXAMPLES / "full-open-list.toml").read_text(encoding="utf-8"), tmp_path, name="open-items-2026-11-22.csv")
        record = outcome.only(InvoiceRecord)
        assert (record.customer_external_id, record.total_minor, record.balance_minor, record.due_date) == ("00004711", 123450, 100000, date(2026, 11, 29))

    def test_billing_events(self, tmp_path: Path) -> None:
        text = (
            '{"id": 1, "number": "A-1", "customer": {"id": 9, "name": "Ada", "contact": {"email": "ada@ada.example"}}, "issued_on": "2026-01-01", '
            '"due_on": "2026-02-01", "currency": "usd", "total": 12.5, "updated_at": "2026-01-02T03:04:05Z", '
            '"lines": [{"sku": "S", "text": "T", "quantity": 1.5, "amount": 12.5}], "instalments": [{"due_on": "2026-02-01", "amount": "12.50"}]}\n'
        )
        outcome = read_text(text, (EXAMPLES / "billing-events.toml").read_text(), tmp_path, name="events.jsonl")
        record = outcome.only(InvoiceRecord)
        assert (outcome.refusals, outcome.notices, outcome.only(CustomerRecord).create_only) == ([], [], False)
        assert (record.total_minor, record.lines[0].quantity, record.due_parts[0].amount_minor) == (1250, "1.5", 1250)

    def test_bank_statement(self, tmp_path: Path) -> None:
        rows = [
            ("Transaction", "Customer", "Booked on", "Amount", "Reference", "Invoice"),
            ("T1", "C1", date(2026, 1, 2), 12.5, "RF18", "1"),
            ("T2", "C1", date(2026, 1, 3), 7, "", None),
            ("T3", "C1", date(2026, 1, 4), -5, "", None),
        ]
        (tmp_path / "bank.xlsx").write_bytes(workbook(*rows))
        outcome = read_options({"path": "bank.xlsx", "mapping": "bank-statement"}, tmp_path)
        assert [(one.external_id, one.amount_minor, len(one.allocations)) for one in outcome.of(PaymentRecord)] == [("T1", 1250, 1), ("T2", 700, 0)]
        assert [notice.message for notice in outcome.notices] == ["1 rows met the condition of no part and gave no record"]
