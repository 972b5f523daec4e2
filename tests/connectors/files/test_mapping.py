"""One row may give several records, several rows one record, and nothing happens silently."""

from datetime import date
from pathlib import Path

import pytest

from hub.plugins import (
    AllocationItem,
    ContactRecord,
    ContactRole,
    CreditNoteRecord,
    CustomerRecord,
    DuePartItem,
    EntityType,
    ExchangeRateRecord,
    InvoiceLineItem,
    InvoiceRecord,
    Lifecycle,
    PaymentMethodKind,
    PaymentRecord,
    SourceHandling,
    Stream,
)
from tests.connectors.files.workbench import HEADER, INVOICES, Outcome, read_text

CUSTOMER_PART = """
[[parts]]
record = "customer"
fields.external_id = "Customer"
fields.name = "Name"
"""


def messages(outcome: Outcome) -> list[str]:
    return [notice.message for notice in outcome.notices]


class TestSeveralRecordsOfARow:
    TEXT = "Number,Customer,Name,Date,Total,Paid,Mail\n1,C1,Ada,2026-01-01,10,2026-02-01,ada@example.com\n2,C1,Ada Ltd,2026-01-02,20,,ada@example.com\n"
    MAPPING = (
        INVOICES
        + CUSTOMER_PART
        + """
[[parts]]
record = "contact"
fields.external_id = { template = "{Customer}-billing" }
fields.customer_external_id = "Customer"
fields.name = "Name"
fields.email = "Mail"
fields.roles = { value = ["INVOICE_PRESENTMENT", "COMMUNICATION"] }
[[parts]]
record = "payment"
when = { column = "Paid", is_set = true }
fields.external_id = { template = "{Number}-paid" }
fields.customer_external_id = "Customer"
fields.payment_date = "Paid"
fields.amount = "Total"
fields.method_kind = { value = "BANK_TRANSFER" }
[[parts.allocations]]
invoice_external_id = "Number"
amount = "Total"
"""
    )

    def test_parents_come_first_whatever_the_order_of_parts(self, tmp_path: Path) -> None:
        outcome = read_text(self.TEXT, self.MAPPING, tmp_path)
        assert [type(record) for record in outcome.records] == [CustomerRecord, ContactRecord, InvoiceRecord, PaymentRecord, InvoiceRecord]

    def test_a_customer_named_on_an_invoice_is_a_mention_and_the_first_name_stays(self, tmp_path: Path) -> None:
        customer = read_text(self.TEXT, self.MAPPING, tmp_path).only(CustomerRecord)
        assert (customer.name, customer.create_only, customer.raw) == ("Ada", True, None)

    def test_a_customer_is_updated_by_every_row_where_that_is_declared(self, tmp_path: Path) -> None:
        mapping = self.MAPPING.replace('record = "customer"', 'record = "customer"\nrepeats = "update"')
        customers = read_text(self.TEXT, mapping, tmp_path).of(CustomerRecord)
        assert [(one.name, one.create_only) for one in customers] == [("Ada", False), ("Ada Ltd", False)]

    def test_a_file_of_customers_alone_updates_them(self, tmp_path: Path) -> None:
        assert read_text("Customer,Name\nC1,Ada\n", CUSTOMER_PART, tmp_path).only(CustomerRecord).create_only is False

    def test_constants_templates_and_conditions_make_the_payment(self, tmp_path: Path) -> None:
        payment = read_text(self.TEXT, self.MAPPING, tmp_path).only(PaymentRecord)
        assert payment.external_id == "1-paid"
        assert payment.method_kind is PaymentMethodKind.BANK_TRANSFER
        assert payment.allocations == [AllocationItem(invoice_external_id="1", amount_minor=1000)]

    def test_lists_come_from_constants(self, tmp_path: Path) -> None:
        contact = read_text(self.TEXT, self.MAPPING, tmp_path).only(ContactRecord)
        assert contact.roles == [ContactRole.INVOICE_PRESENTMENT, ContactRole.COMMUNICATION]

    def test_a_part_that_fails_does_not_take_the_others_of_its_row_with_it(self, tmp_path: Path) -> None:
        outcome = read_text(self.TEXT.replace("2026-02-01", "soon"), self.MAPPING, tmp_path)
        assert [one.external_id for one in outcome.of(InvoiceRecord)] == ["1", "2"]
        assert [(one.stream, one.external_id) for one in outcome.refusals] == [(Stream.PAYMENTS, "1-paid")]


class TestFields:
    def test_every_way_to_fill_a_customer(self, tmp_path: Path) -> None:
        mapping = """
[[parts]]
record = "customer"
[parts.fields]
external_id = { column = "Id", width = 6 }
name = { columns = ["First", "Last"] }
legal_name = { columns = ["Last", "First"], separator = ", " }
entity_type = { column = "Kind", map = { C = "CUSTOMER", P = "PROJECT" } }
country = { column = "Country", default = "DE" }
address_lines = { columns = ["Street", "Extra"] }
segments = { column = "Tags", separator = ";" }
source_handling = { column = "Status", map = { "On hold" = "HOLD", Shut = "CLOSED" }, otherwise = "ACTIVE" }
payment_terms_days = "Days"
is_billed = { column = "Billed", default = true }
reported_balance = "Owes"
currency = "Cur"
[parts.custom]
score = { column = "Score", type = "integer" }
since = { column = "Since", type = "date" }
limit = { column = "Limit", type = "decimal" }
vip = { column = "Vip", type = "boolean" }
note = "Note"
"""
        text = (
            "Id,First,Last,Kind,Country,Street,Extra,Tags,Status,Days,Billed,Owes,Cur,Score,Since,Limit,Vip,Note\n"
            "123,Ada,Byron,P,,1 Main St,,vip; north ;,On hold,30,no,12.5,KWD,7,2026-01-01,1.50,yes,\n"
        )
        customer = read_text(text, mapping, tmp_path).only(CustomerRecord)
        assert (customer.external_id, customer.name, customer.legal_name) == ("000123", "Ada Byron", "Byron, Ada")
        assert (customer.entity_type, customer.country, customer.source_handling) == (EntityType.PROJECT, "DE", SourceHandling.HOLD)
        assert (customer.address_lines, customer.segments) == (["1 Main St"], ["vip", "north"])
        assert (customer.payment_terms_days, customer.is_billed, customer.reported_balances) == (30, False, {"KWD": 12500})
        assert customer.custom == {"score": 7, "since": "2026-01-01", "limit": "1.50", "vip": True}

    def test_a_value_outside_the_map_is_refused(self, tmp_path: Path) -> None:
        mapping = INVOICES + 'is_disputed = { column = "Disputed", map = { Yes = true, No = false } }'
        outcome = read_text("Number,Customer,Date,Total,Disputed\n1,C,2026-01-01,1,Maybe\n2,C,2026-01-01,1,Yes\n3,C,2026-01-01,1,\n", mapping, tmp_path)
        assert [(one.external_id, one.is_disputed) for one in outcome.of(InvoiceRecord)] == [("2", True), ("3", False)]
        assert outcome.refusals[0].reason == "'Maybe' is not in the map (Yes, No)"

    def test_a_template_with_an_empty_column_makes_no_half_id(self, tmp_path: Path) -> None:
        mapping = INVOICES.replace('"Number"', '{ template = "{Number}/{Part}" }')
        outcome = read_text("Number,Part,Customer,Date,Total\n1,,C,2026-01-01,1\n1,2,C,2026-01-01,1\n", mapping, tmp_path)
        assert outcome.only(InvoiceRecord).external_id == "1/2"
        assert outcome.refusals[0].place == "file.csv line 2, column Number, Part"

    @pytest.mark.parametrize(
        ("word", "handling"), [("Active", SourceHandling.ACTIVE), ("", SourceHandling.ACTIVE), ("Hold", SourceHandling.HOLD), ("Closed", SourceHandling.CLOSED)]
    )
    def test_the_status_of_the_file_is_active_when_missing(self, word: str, handling: SourceHandling, tmp_path: Path) -> None:
        outcome = read_text(f"Number,Customer,Date,Total,Status\n1,C,2026-01-01,1,{word}\n", INVOICES + 'source_handling = "Status"', tmp_path)
        assert outcome.only(InvoiceRecord).source_handling is handling

    def test_lifecycle_and_dates_of_a_document(self, tmp_path: Path) -> None:
        mapping = INVOICES + 'lifecycle = { column = "S", map = { V = "VOID" } }\nvoided_on = { column = "On", date_order = "DMY" }\nsource_status = "S"'
        record = read_text("Number,Customer,Date,Total,S,On\n1,C,2026-01-01,1,V,3/2/2026\n", mapping, tmp_path).only(InvoiceRecord)
        assert (record.lifecycle, record.voided_on, record.source_status) == (Lifecycle.VOID, date(2026, 2, 3), "V")

    def test_a_decimal_comma_is_read_as_declared(self, tmp_path: Path) -> None:
        mapping = f'decimal = ","\nthousands = "."\ndelimiter = ";"\n{INVOICES}'
        assert read_text("Number;Customer;Date;Total\n1;C;2026-01-01;1.234,56\n", mapping, tmp_path).only(InvoiceRecord).total_minor == 123456


class TestNotices:
    def test_a_rounded_amount_tells_line_column_value_and_result(self, tmp_path: Path) -> None:
        outcome = read_text(HEADER + "1,C,2026-01-01,0.125\n", INVOICES, tmp_path)
        assert outcome.only(InvoiceRecord).total_minor == 12
        (notice,) = outcome.notices
        assert (notice.place, notice.field, notice.message) == ("file.csv line 2, column Total", "Total", "0.125 was rounded half-even to 0.12 EUR")

    def test_an_ambiguous_date_tells_how_it_was_read(self, tmp_path: Path) -> None:
        outcome = read_text(HEADER + "1,C,3/4/2026,1\n", INVOICES.replace("YMD", "DMY"), tmp_path)
        (notice,) = outcome.notices
        assert (notice.place, notice.message) == ("file.csv line 2, column Date", "'3/4/2026' was read as 2026-04-03, in DMY order as declared")

    def test_many_of_a_kind_are_listed_ten_times_and_then_counted(self, tmp_path: Path) -> None:
        rows = "".join(f"{number},C,2026-01-01,0.125\n" for number in range(2500))
        outcome = read_text(HEADER + rows, INVOICES, tmp_path)
        assert len(outcome.notices) == 11
        assert outcome.notices[-1].message == "2500 amounts were rounded half-even to the smallest unit of their currency (the first 10 are listed)"
        assert outcome.notices[-1].place == "file.csv, column Total"

    def test_a_record_that_comes_twice_is_told_of_and_the_later_counts(self, tmp_path: Path) -> None:
        outcome = read_text(HEADER + "1,C,2026-01-01,1\n1,C,2026-01-01,2\n", INVOICES, tmp_path)
        assert [one.total_minor for one in outcome.of(InvoiceRecord)] == [100, 200]
        assert messages(outcome) == ["an invoice '1' came before in this file; the later row counts"]

    def test_rows_that_no_part_takes_are_counted(self, tmp_path: Path) -> None:
        mapping = INVOICES + '[[parts.when]]\ncolumn = "Total"\namount = "positive"\n'
        outcome = read_text(HEADER + "1,C,2026-01-01,1\n2,C,2026-01-01,0\n3,C,2026-01-01,-1\n", mapping, tmp_path)
        assert messages(outcome) == ["2 rows met the condition of no part and gave no record"]


class TestCreditNotes:
    HEADER = "Type,Number,Customer,Date,Total\n"
    PART = """
[[parts]]
record = "credit_note"
when = {when}
sign = "negate"
fields.external_id = "Number"
fields.customer_external_id = "Customer"
fields.document_date = "Date"
fields.total = "Total"
[[parts.allocations]]
invoice_external_id = {{ value = "1" }}
amount = "Total"
"""

    @pytest.mark.parametrize(
        ("of_invoices", "of_credit_notes"),
        [
            ('{ column = "Type", equals = "Invoice" }', '{ column = "Type", equals = ["Credit", "Refund"] }'),
            ('{ column = "Type", differs = "Credit" }', '{ column = "Type", equals = "Credit" }'),
            ('{ column = "Total", amount = "positive" }', '{ column = "Total", amount = "negative" }'),
        ],
    )
    def test_they_are_told_apart_as_declared(self, of_invoices: str, of_credit_notes: str, tmp_path: Path) -> None:
        mapping = INVOICES.replace('record = "invoice"', f'record = "invoice"\nwhen = {of_invoices}') + self.PART.format(when=of_credit_notes)
        outcome = read_text(self.HEADER + "Invoice,1,C,2026-01-01,10\nCredit,2,C,2026-01-02,-4\n", mapping, tmp_path)
        assert outcome.only(InvoiceRecord).total_minor == 1000
        credit = outcome.only(CreditNoteRecord)
        assert (credit.total_minor, credit.allocations) == (400, [AllocationItem(invoice_external_id="1", amount_minor=400)])

    def test_a_negative_invoice_is_refused_with_the_way_out(self, tmp_path: Path) -> None:
        (refusal,) = read_text(HEADER + "1,C,2026-01-01,-4\n", INVOICES, tmp_path).refusals
        assert "record = 'credit_note', when = { amount = 'negative' } and sign = 'negate'" in refusal.reason

    def test_a_condition_on_what_is_no_amount_refuses_the_row(self, tmp_path: Path) -> None:
        mapping = INVOICES + "when = 1".replace("when = 1", '[[parts.when]]\ncolumn = "Total"\namount = "positive"\n')
        outcome = read_text(HEADER + "1,C,2026-01-01,x\n", mapping, tmp_path)
        assert [one.place for one in outcome.refusals] == ["file.csv line 2, column Total"]


class TestLinesAndDueParts:
    def test_repeated_columns_give_items_and_empty_ones_none(self, tmp_path: Path) -> None:
        mapping = (
            INVOICES
            + """
[[parts.lines]]
item_name = "Item 1"
amount = "Amount 1"
[[parts.lines]]
item_name = "Item 2"
amount = "Amount 2"
[[parts.due_parts]]
due_date = "Due 1"
amount = "Part 1"
[[parts.due_parts]]
due_date = "Due 2"
amount = "Part 2"
"""
        )
        text = (
            "Number,Customer,Date,Total,Item 1,Amount 1,Item 2,Amount 2,Due 1,Part 1,Due 2,Part 2\n"
            "1,C,2026-01-01,10,A,4,B,6,2026-02-01,5,2026-03-01,5\n"
            "2,C,2026-01-01,10,A,10,,,,,,\n"
        )
        first, second = read_text(text, mapping, tmp_path).of(InvoiceRecord)
        assert first.lines == [InvoiceLineItem(item_name="A", amount_minor=400), InvoiceLineItem(item_name="B", amount_minor=600)]
        assert first.due_parts == [DuePartItem(due_date=date(2026, 2, 1), amount_minor=500), DuePartItem(due_date=date(2026, 3, 1), amount_minor=500)]
        assert (second.lines, second.due_parts) == ([InvoiceLineItem(item_name="A", amount_minor=1000)], [])

    def test_due_parts_that_do_not_add_up_are_refused(self, tmp_path: Path) -> None:
        mapping = INVOICES + '[[parts.due_parts]]\ndue_date = "Date"\namount = "Part"\n'
        outcome = read_text("Number,Customer,Date,Total,Part\n1,C,2026-01-01,10,9\n", mapping, tmp_path)
        assert outcome.refusals[0].reason == "the due parts add up to 9.00, but the total is 10.00 EUR"


class TestExchangeRates:
    MAPPING = """
[[parts]]
record = "exchange_rate"
fields.currency = "Currency"
fields.base_currency = { value = "EUR" }
fields.rate_date = "Date"
fields.rate = { column = "Rate", invert = true }
"""

    def test_a_rate_becomes_a_reduced_fraction_with_an_id_of_its_own(self, tmp_path: Path) -> None:
        record = read_text("Currency,Date,Rate\nUSD,2026-01-01,1.25\n", self.MAPPING, tmp_path).only(ExchangeRateRecord)
        assert (record.external_id, record.numerator, record.denominator) == ("USD-EUR-2026-01-01", 4, 5)

    def test_a_rate_of_a_currency_to_itself_is_refused(self, tmp_path: Path) -> None:
        assert "to itself" in read_text("Currency,Date,Rate\nEUR,2026-01-01,1\n", self.MAPPING, tmp_path).refusals[0].reason


class TestSyncFromDate:
    def test_older_documents_are_left_out_and_counted(self, tmp_path: Path) -> None:
        outcome = read_text(HEADER + "1,C,2025-12-31,1\n2,C,2026-01-01,1\n", INVOICES, tmp_path, since=date(2026, 1, 1))
        assert [one.external_id for one in outcome.records] == ["2"]
        assert messages(outcome) == ["1 invoices, credit notes and payments of theirs were left out: they are older than the sync-from date"]

    def test_the_payment_of_a_left_out_invoice_goes_with_it(self, tmp_path: Path) -> None:
        text = TestSeveralRecordsOfARow.TEXT.replace("2026-01-01", "2025-12-31")
        outcome = read_text(text, TestSeveralRecordsOfARow.MAPPING, tmp_path, since=date(2026, 1, 1))
        assert ([one.external_id for one in outcome.of(InvoiceRecord)], outcome.of(PaymentRecord)) == (["2"], [])

    def test_of_a_full_list_nothing_is_left_out_for_it_would_count_as_closed(self, tmp_path: Path) -> None:
        mapping = f'meaning = "full_open_list"\nlist_date_column = "Date"\n{INVOICES}'
        assert len(read_text(HEADER + "1,C,2025-12-31,1\n", mapping, tmp_path, since=date(2026, 1, 1)).records) == 1
