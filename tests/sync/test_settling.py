"""hub/sync/settling.py and hub/sync/landing: what records say of money becomes amounts, and stays right when they change."""

from datetime import date

from hub.model import CreditNote, CustomerFigures, Payment
from tests.sync.conftest import Hub
from tests.sync.records import credit_note, customer, invoice, payment
from tests.sync.test_properties import assert_kept_equals_formulas

LATER = {"document_date": date(2026, 12, 1), "due_date": date(2026, 12, 30)}


# --- dates ----------------------------------------------------------------------------------------


async def test_a_document_date_that_moves_moves_what_is_unapplied(hub: Hub) -> None:
    await hub.sync([customer(), invoice(), payment(on={"I1": "100.00"}), credit_note(on={"I1": "30.00"})])
    await hub.sync([invoice(**LATER)])
    assert hub.rows(Payment, "unapplied_minor") == [(10000,)]
    assert hub.rows(CreditNote, "unutilised_minor") == [(3000,)]
    assert hub.rows(CustomerFigures, "unaccounted_payment_minor") == [(10000,)]
    assert_kept_equals_formulas(hub)
    await hub.sync([invoice()])
    assert hub.rows(Payment, "unapplied_minor") == [(0,)]
    assert hub.rows(CreditNote, "unutilised_minor") == [(0,)]
    assert_kept_equals_formulas(hub)
