"""Both example mappings on the real files, against a few independent lines over the same CSV."""

import csv
import os
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path

import pytest

from hub.plugins import AllocationItem, CustomerRecord, InvoiceRecord, PaymentRecord
from tests.connectors.files.workbench import Outcome, read_options

REPOSITORY = Path(__file__).parents[3]
DATA = Path(os.environ.get("DUNWELL_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
IBM = DATA / "ibm-accounts-receivable.csv"
HIGHRADIUS = DATA / "highradius-open-invoices.csv"

pytestmark = pytest.mark.real_data


@cache
def imported(path: Path) -> Outcome:
    if not path.is_file():
        pytest.skip(f"the real data are not at hand: no {path}; DUNWELL_SHARED_DATA may name their folder")
    return read_options({"path": str(path), "mapping": path.stem}, path.parent)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def day(text: str, order: str) -> date:
    return datetime.strptime(text, order).date()  # noqa: DTZ007 - a plain date


class TestIbmAccountsReceivable:
    def test_every_row_gives_an_invoice_and_its_payment(self) -> None:
        outcome = imported(IBM)
        assert (len(outcome.of(InvoiceRecord)), len(outcome.of(PaymentRecord)), len(outcome.of(CustomerRecord))) == (2466, 2466, 100)
        assert outcome.refusals == []

    def test_amounts_add_up_to_the_cent(self) -> None:
        outcome = imported(IBM)
        assert sum(invoice.total_minor for invoice in outcome.of(InvoiceRecord)) == 14770318
        assert sum(payment.amount_minor for payment in outcome.of(PaymentRecord)) == 14770318

    def test_every_field_is_what_the_row_says(self) -> None:
        outcome = imported(IBM)
        for row, invoice in zip(rows_of(IBM), outcome.of(InvoiceRecord), strict=True):
            assert invoice.number == invoice.external_id == row["invoiceNumber"]
            assert invoice.customer_external_id == row["customerID"]
            assert (invoice.document_date, invoice.due_date) == (day(row["InvoiceDate"], "%m/%d/%Y"), day(row["DueDate"], "%m/%d/%Y"))
            assert Decimal(invoice.total_minor) / 100 == Decimal(row["InvoiceAmount"])
            assert invoice.currency == "USD"
            assert invoice.is_disputed is (row["Disputed"] == "Yes")
            assert invoice.custom == {
                "countryCode": row["countryCode"],
                "PaperlessDate": day(row["PaperlessDate"], "%m/%d/%Y").isoformat(),
                "PaperlessBill": row["PaperlessBill"],
            }

    def test_the_payment_settles_the_invoice_in_full_on_its_day(self) -> None:
        outcome = imported(IBM)
        for row, payment in zip(rows_of(IBM), outcome.of(PaymentRecord), strict=True):
            assert payment.external_id == f"{row['invoiceNumber']}-settled"
            assert payment.payment_date == day(row["SettledDate"], "%m/%d/%Y")
            assert payment.allocations == [AllocationItem(invoice_external_id=row["invoiceNumber"], amount_minor=payment.amount_minor)]

    def test_ids_keep_their_leading_zeros(self) -> None:
        assert len([one for one in imported(IBM).of(CustomerRecord) if one.external_id.startswith("0")]) == 8


class TestHighRadiusOpenInvoices:
    def test_every_row_gives_an_invoice_and_every_number_one_customer(self) -> None:
        outcome = imported(HIGHRADIUS)
        assert (len(outcome.of(InvoiceRecord)), len(outcome.of(CustomerRecord))) == (9681, 553)
        assert outcome.refusals == []

    def test_amounts_are_rounded_half_even_and_add_up(self) -> None:
        outcome = imported(HIGHRADIUS)
        assert sum(invoice.total_minor for invoice in outcome.of(InvoiceRecord)) == 31042785891
        cent = Decimal("0.01")
        expected = [int(Decimal(row["converted_usd"]).quantize(cent, ROUND_HALF_EVEN) * 100) for row in rows_of(HIGHRADIUS)]
        assert [invoice.total_minor for invoice in outcome.of(InvoiceRecord)] == expected

    def test_the_rounded_amounts_are_told_of_and_counted(self) -> None:
        notices = [notice for notice in imported(HIGHRADIUS).notices if notice.field == "converted_usd"]
        assert len(notices) == 11
        assert notices[-1].message.startswith("576 amounts were rounded half-even")

    def test_the_first_name_of_a_customer_stays(self) -> None:
        first: dict[str, str] = {}
        for row in rows_of(HIGHRADIUS) if HIGHRADIUS.is_file() else []:
            first.setdefault(row["cust_number"], row["name_customer"].strip())
        assert {one.external_id: one.name for one in imported(HIGHRADIUS).of(CustomerRecord)} == first

    def test_dates_and_business_unit_are_what_the_row_says(self) -> None:
        outcome = imported(HIGHRADIUS)
        for row, invoice in zip(rows_of(HIGHRADIUS), outcome.of(InvoiceRecord), strict=True):
            assert invoice.document_date == invoice.posting_date == day(row["posting_date"], "%d-%m-%Y")
            assert invoice.due_date == day(row["due_in_date"], "%d-%m-%Y")
            assert invoice.business_unit == row["business_code"]
            assert invoice.customer_external_id == row["cust_number"]
