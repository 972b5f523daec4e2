"""Rules asked about one customer alone, whose invoices others pay, promise, contest and write about: they hold as they do among all."""

from collections.abc import Iterator

import pytest

from hub.evaluation.facts import Facts
from hub.store.engine import Store
from rules.parsing import parse_rule
from tests.evaluation.comparing import facts_of, holding
from tests.evaluation.worlds import World, make_basis, make_dispute, make_message, make_promise, write_world
from tests.health.worlds import NOW, day, make_attempt, make_customer, make_invoice, make_payment, make_settlement, rolled_back

BASIS = make_basis()
PARENT, PROJECT, INVOICE = 1, 2, 3

OF_INVOICES = (
    "failed_attempt_count = 3",
    "retry_count = 2",
    'last_attempt_status includes ("FAILURE")',
    "any attempt (attempt_amount >= 0 EUR)",
    "any attempt (outstanding = 90 EUR)",
    "any attempt (last_email_date is set)",
    "any payment (payment_amount = 1 EUR)",
    "any payment (outstanding = 90 EUR)",
    "any payment (payment_attempt_count = 1)",
    "invoice_last_email_date is set",
    "invoice_last_reply_date is set",
    "invoice_open_promise_amount = 10 EUR",
    "has_promise_date",
    "promise_date is set",
    "disputed",
    "invoice_open_issue_amount = 5 EUR",
)
OF_CUSTOMERS = (
    "payment_attempt_count = 3",
    'payment_risk includes ("HIGH")',
    "open_issue_amount = 0 EUR",
    "last_email_date is not set",
    *(f"any invoice ({text})" for text in OF_INVOICES),
)


def world(*, writes: int | None = PARENT) -> World:
    """A project whose invoice its parent pays, with an attempt on the parent's own invoice. `writes` is with whom the messages were."""
    return World(
        customers=[make_customer(PARENT), make_customer(PROJECT, parent_id=PARENT, bill_to_id=PARENT)],
        invoices=[
            make_invoice(INVOICE, PROJECT, total_minor=100_00, document_date=day(-40), due_date=day(-10), is_disputed=True),
            make_invoice(4, PARENT, total_minor=90_00, document_date=day(-40), due_date=day(-10)),
        ],
        payments=[make_payment(1, PARENT, amount_minor=1_00)],
        settlements=[make_settlement(1, INVOICE, payment_id=1, amount_minor=1_00, allocated_minor=1_00)],
        attempts=[*(make_attempt(key, PARENT, invoice_id=INVOICE) for key in (1, 2, 3)), make_attempt(4, PROJECT, invoice_id=4)],
        messages=[make_message(1, writes, invoice_ids=[INVOICE], replied_at=NOW), make_message(3, PARENT)],
        promises=[make_promise(1, PARENT, invoice_id=INVOICE, amount_minor=10_00, due_on=day(3))],
        disputes=[make_dispute(1, PARENT, invoice_id=INVOICE, amount_minor=5_00)],
    )


def asked(store: Store, texts: tuple[str, ...], kind: str, *, facts: Facts, of: World) -> Iterator[tuple[str, ...]]:
    """The rules that hold of the project, or of its invoice: asked among all, and asked of it alone."""
    key = PROJECT if kind == "customers" else INVOICE
    with rolled_back(store) as connection:
        write_world(connection, of, BASIS)
        for each in (facts, facts_of(facts, PROJECT)):
            held = holding(connection, [parse_rule(text) for text in texts], kind, facts=each).get(key, set())
            yield tuple(text for number, text in enumerate(texts) if number in held)


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "computed"])
@pytest.mark.parametrize("writes", [PARENT, None], ids=["mail with the parent", "mail with nobody"])
@pytest.mark.parametrize(("kind", "texts"), [("invoices", OF_INVOICES), ("customers", OF_CUSTOMERS)])
def test_what_others_did_for_an_invoice_counts_also_where_its_customer_is_asked_about_alone(
    store: Store, kind: str, texts: tuple[str, ...], *, writes: int | None, is_kept: bool
) -> None:
    among_all, alone = asked(store, texts, kind, facts=Facts(BASIS, is_kept), of=world(writes=writes))
    assert among_all == texts
    assert alone == texts
