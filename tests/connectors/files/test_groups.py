"""Several rows of one record, and the allocations of payments."""

from datetime import date
from pathlib import Path

from hub.plugins import AllocationItem, InvoiceLineItem, InvoiceRecord, PaymentRecord
from tests.connectors.files.workbench import INVOICES, read_text


class TestGroups:
    MAPPING = (
        INVOICES.replace('record = "invoice"', 'record = "invoice"\ngroup = true')
        + '[[parts.lines]]\nitem_name = "Item"\nquantity = "Qty"\namount = "Amount"\n'
    )
    HEADER = "Number,Customer,Date,Total,Item,Qty,Amount\n"

    def test_consecutive_rows_with_one_id_are_one_invoice(self, tmp_path: Path) -> None:
        text = self.HEADER + "1,C,2026-01-01,10,A,1,4\n1,C,2026-01-01,10,B,2.5,6\n2,C,2026-01-01,3,A,1,3\n"
        first, second = read_text(text, self.MAPPING, tmp_path).of(InvoiceRecord)
        assert [line.item_name for line in first.lines] == ["A", "B"]
        assert first.lines[1] == InvoiceLineItem(item_name="B", quantity="2.5", amount_minor=600)
        assert first.raw is not None
        assert len(first.raw["rows"]) == 2
        assert second.external_id == "2"

    def test_further_rows_may_leave_the_heads_cells_empty(self, tmp_path: Path) -> None:
        outcome = read_text(self.HEADER + "1,C,2026-01-01,10,A,1,4\n1,,,,B,1,6\n", self.MAPPING, tmp_path)
        assert len(outcome.only(InvoiceRecord).lines) == 2

    def test_further_rows_may_not_contradict_the_first(self, tmp_path: Path) -> None:
        outcome = read_text(self.HEADER + "1,C,2026-01-01,10,A,1,4\n1,C,2026-01-02,10,B,1,6\n2,C,2026-01-01,3,A,1,3\n", self.MAPPING, tmp_path)
        assert outcome.only(InvoiceRecord).external_id == "2"
        (refusal,) = outcome.refusals
        assert (refusal.place, refusal.external_id) == ("file.csv line 3, column Date", "1")
        assert refusal.reason == "the rows of one record disagree: 2026-01-01 before, 2026-01-02 here"

    def test_a_broken_row_refuses_the_whole_record_with_all_its_rows(self, tmp_path: Path) -> None:
        outcome = read_text(self.HEADER + "1,C,2026-01-01,10,A,1,4\n1,C,2026-01-01,10,B,1,x\n1,C,2026-01-01,10,D,1,1\n", self.MAPPING, tmp_path)
        (refusal,) = outcome.refusals
        assert (outcome.records, refusal.place) == ([], "file.csv line 3, column Amount")
        assert refusal.raw is not None
        assert len(refusal.raw["rows"]) == 3

    def test_rows_that_do_not_stand_together_are_refused_rather_than_replaced(self, tmp_path: Path) -> None:
        outcome = read_text(self.HEADER + "1,C,2026-01-01,10,A,1,4\n2,C,2026-01-01,3,A,1,3\n1,C,2026-01-01,10,B,1,6\n", self.MAPPING, tmp_path)
        assert [one.external_id for one in outcome.records] == ["1", "2"]
        assert (outcome.refusals[0].place, outcome.refusals[0].external_id) == ("file.csv line 4", "1")
        assert "do not stand together" in outcome.refusals[0].reason

    def test_the_total_may_be_the_sum_of_the_lines(self, tmp_path: Path) -> None:
        mapping = self.MAPPING.replace('total = "Total"', 'total = { sum = "lines" }')
        outcome = read_text("Number,Customer,Date,Item,Qty,Amount\n1,C,2026-01-01,A,1,4\n1,C,2026-01-01,B,1,6.01\n", mapping, tmp_path)
        assert outcome.only(InvoiceRecord).total_minor == 1001

    def test_a_column_of_ids_that_never_changes_is_seen(self, tmp_path: Path) -> None:
        rows = "".join(f"1,C,2026-01-01,10,A,1,{number}\n" for number in range(10_050))
        outcome = read_text(self.HEADER + rows, self.MAPPING, tmp_path)
        assert outcome.records == []
        assert "more than 10000 rows belong to one record" in outcome.refusals[0].reason


class TestPayments:
    MAPPING = """
date_order = "YMD"
[[parts]]
record = "payment"
group = true
fields.external_id = "Payment"
fields.customer_external_id = "Customer"
fields.payment_date = "Date"
fields.amount = "Amount"
fields.currency = "Cur"
[[parts.allocations]]
invoice_external_id = "Invoice"
amount = "Applied"
currency = "Invoice currency"
allocated = "Applied in payment currency"
allocation_date = "Applied on"
"""
    HEADER = "Payment,Customer,Date,Amount,Cur,Invoice,Applied,Invoice currency,Applied in payment currency,Applied on\n"

    def test_several_rows_give_the_allocations_of_one_payment(self, tmp_path: Path) -> None:
        text = self.HEADER + "P1,C,2026-01-01,100,EUR,1,60,,,2026-01-03\nP1,C,2026-01-01,100,EUR,2,40,,,\nP2,C,2026-01-02,5,EUR,,,,,\n"
        first, second = read_text(text, self.MAPPING, tmp_path).of(PaymentRecord)
        assert first.allocations == [
            AllocationItem(invoice_external_id="1", amount_minor=6000, allocation_date=date(2026, 1, 3)),
            AllocationItem(invoice_external_id="2", amount_minor=4000),
        ]
        assert second.allocations == []

    def test_an_allocation_in_another_currency_has_both_amounts(self, tmp_path: Path) -> None:
        text = self.HEADER + "P1,C,2026-01-01,100,EUR,1,16305,JPY,100,\nP2,C,2026-01-01,100,EUR,1,16305,JPY,,\n"
        outcome = read_text(text, self.MAPPING, tmp_path)
        assert outcome.only(PaymentRecord).allocations == [AllocationItem(invoice_external_id="1", amount_minor=16305, allocated_minor=10000)]
        assert outcome.refusals[0].reason.startswith("the invoice is in JPY and the payment in EUR")

    def test_a_negative_payment_is_refused(self, tmp_path: Path) -> None:
        outcome = read_text(self.HEADER + "P1,C,2026-01-01,-100,EUR,,,,,\n", self.MAPPING, tmp_path)
        assert "`reversed_on`" in outcome.refusals[0].reason
