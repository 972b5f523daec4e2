"""Random small worlds: hierarchies, currencies with other exponents, rates with gaps, parts, reversals, undated voids."""

from datetime import UTC, date, datetime, time

from hypothesis import strategies as st

from hub.config import AgeingBucket
from hub.health.basis import Basis
from hub.model import CreditNote, Customer, DuePart, ExchangeRate, Invoice, Payment, PaymentAttempt, Refund, Settlement
from hub.vocabulary import AttemptKind, ConversionDate, DocumentType, Lifecycle, PaymentState, SettlementKind
from tests.health.worlds import (
    BASE,
    TODAY,
    World,
    day,
    make_attempt,
    make_credit,
    make_customer,
    make_invoice,
    make_part,
    make_payment,
    make_rate,
    make_refund,
    make_settlement,
)

CURRENCIES = ("EUR", "EUR", "USD", "JPY", "KWD")
BUCKETS = (
    (AgeingBucket(None, 0), AgeingBucket(1, 30), AgeingBucket(31, 60), AgeingBucket(61, 90), AgeingBucket(91, None)),
    (AgeingBucket(None, 0), AgeingBucket(1, 7), AgeingBucket(8, None)),
)

days = st.integers(-120, 30).map(day)
amounts = st.integers(0, 5_000)
signed_amounts = st.integers(-400, 5_000)
currencies = st.sampled_from(CURRENCIES)
flags = st.integers(0, 9).map(lambda number: number == 0)


@st.composite
def bases(draw: st.DrawFn, as_of: date | None = None) -> Basis:
    """Any basis of a day, today unless another is drawn."""
    return Basis(
        as_of or draw(days),
        BASE,
        buckets=draw(st.sampled_from(BUCKETS)),
        grace_days=draw(st.sampled_from((0, 0, 5))),
        conversion_date=draw(st.sampled_from(ConversionDate)),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A world of up to four customers with a handful of documents."""
    world = World(customers=draw(_customers()))
    keys = [customer.id or 0 for customer in world.customers]
    world.rates = [draw(_rate(key)) for key in range(1, draw(st.integers(0, 6)) + 1)]
    world.invoices = [draw(_invoice(key, keys)) for key in range(1, draw(st.integers(0, 8)) + 1)]
    for invoice in world.invoices:
        draw(_shown_elsewhere(invoice, world))
    world.parts = [part for invoice in world.invoices if invoice.has_due_parts for part in draw(_parts(invoice))]
    world.credits = [draw(_credit(key, keys)) for key in range(1, draw(st.integers(0, 3)) + 1)]
    world.payments = [draw(_payment(key, keys)) for key in range(1, draw(st.integers(0, 5)) + 1)]
    world.settlements = draw(_settlements(world))
    owners = [*world.credits, *world.payments]
    world.refunds = [draw(_refund(key, draw(st.sampled_from(owners)))) for key in range(1, draw(st.integers(0, 2)) + 1)] if owners else []
    world.attempts = [draw(_attempt(key, world)) for key in range(1, draw(st.integers(0, 5)) + 1)]
    return world


@st.composite
def _customers(draw: st.DrawFn) -> list[Customer]:
    """Parents come before their children; a child is billed to itself or to somebody above it."""
    found: list[Customer] = []
    for key in range(1, draw(st.integers(1, 4)) + 1):
        parent = draw(st.sampled_from([None, *found]))
        above = [] if parent is None else [parent.id, parent.bill_to_id]
        found.append(make_customer(key, parent_id=None if parent is None else parent.id, bill_to_id=draw(st.sampled_from([key, *above]))))
    return found


@st.composite
def _rate(draw: st.DrawFn, key: int) -> ExchangeRate:
    foreign = draw(st.sampled_from(("USD", "JPY", "KWD")))
    pair = draw(st.sampled_from([(foreign, BASE), (BASE, foreign), (foreign, "GBP")]))
    return make_rate(
        key,
        *pair,
        source=draw(st.sampled_from(("bank", "market"))),
        rate_date=draw(days),
        numerator=draw(st.integers(1, 20_000)),
        denominator=draw(st.sampled_from((1, 7, 1_000, 10_000))),
        is_deleted=draw(flags),
    )


@st.composite
def _invoice(draw: st.DrawFn, key: int, customers: list[int]) -> Invoice:
    lifecycle = draw(st.sampled_from((*[Lifecycle.ISSUED] * 6, *Lifecycle)))
    residual = draw(st.none() | st.tuples(days, amounts, amounts, amounts))
    return make_invoice(
        key,
        draw(st.sampled_from(customers)),
        lifecycle=lifecycle,
        document_type=draw(st.sampled_from(DocumentType)),
        currency=draw(currencies),
        document_date=draw(days),
        due_date=draw(st.none() | days),
        voided_on=draw(st.none() | days) if lifecycle is Lifecycle.VOID else None,
        written_off_on=draw(st.none() | days) if lifecycle is Lifecycle.WRITTEN_OFF else None,
        total_minor=draw(signed_amounts),
        has_due_parts=draw(st.integers(0, 2)) == 0,
        residual_date=None if residual is None else residual[0],
        residual_paid_minor=0 if residual is None else residual[1],
        residual_adjusted_minor=0 if residual is None else residual[2] // 4,
        residual_write_off_minor=0 if residual is None else residual[3] // 8,
        is_authoritative=not draw(flags),
        is_deleted=draw(flags),
    )


@st.composite
def _shown_elsewhere(draw: st.DrawFn, invoice: Invoice, world: World) -> None:
    """An invoice that does not count may be an earlier one as another system shows it."""
    earlier = [other for other in world.invoices if (other.id or 0) < (invoice.id or 0) and other.is_authoritative]
    if not invoice.is_authoritative and earlier:
        invoice.appearance_of_id = draw(st.none() | st.sampled_from([other.id for other in earlier]))


@st.composite
def _parts(draw: st.DrawFn, invoice: Invoice) -> list[DuePart]:
    """Parts that add up to the total, which becomes positive for it."""
    pieces = draw(st.lists(amounts, min_size=1, max_size=4))
    invoice.total_minor = sum(pieces)
    first = (invoice.id or 0) * 10
    return [make_part(first + number, invoice.id or 0, due_date=draw(days), amount_minor=amount) for number, amount in enumerate(pieces)]


@st.composite
def _credit(draw: st.DrawFn, key: int, customers: list[int]) -> CreditNote:
    lifecycle = draw(st.sampled_from((*[Lifecycle.ISSUED] * 6, *Lifecycle)))
    residual = draw(st.none() | st.tuples(days, st.integers(1, 500)))
    return make_credit(
        key,
        draw(st.sampled_from(customers)),
        lifecycle=lifecycle,
        currency=draw(currencies),
        document_date=draw(days),
        voided_on=draw(st.none() | days) if lifecycle is Lifecycle.VOID else None,
        total_minor=draw(amounts),
        residual_date=None if residual is None else residual[0],
        residual_minor=0 if residual is None else residual[1],
        is_authoritative=not draw(flags),
        is_deleted=draw(flags),
    )


@st.composite
def _payment(draw: st.DrawFn, key: int, customers: list[int]) -> Payment:
    state = draw(st.sampled_from((*[PaymentState.SETTLED] * 6, *PaymentState)))
    return make_payment(
        key,
        draw(st.sampled_from(customers)),
        state=state,
        currency=draw(currencies),
        payment_date=draw(days),
        reversed_on=draw(st.none() | days) if state in (PaymentState.RETURNED, PaymentState.CHARGED_BACK) else None,
        amount_minor=draw(amounts),
        is_authoritative=not draw(flags),
        is_deleted=draw(flags),
    )


@st.composite
def _settlements(draw: st.DrawFn, world: World) -> list[Settlement]:
    targets = [None, *world.invoices]
    found: list[Settlement] = []
    for key in range(1, draw(st.integers(0, 12)) + 1):
        owner = draw(st.sampled_from([None, *world.credits, *world.payments]))
        target = draw(st.sampled_from(targets))
        amount = draw(signed_amounts)
        free = (SettlementKind.ADJUSTMENT, SettlementKind.WRITE_OFF, SettlementKind.PAYMENT)
        kind = draw(st.sampled_from(free)) if owner is None else SettlementKind.PAYMENT if isinstance(owner, Payment) else SettlementKind.CREDIT_NOTE
        found.append(
            make_settlement(
                key,
                None if target is None else target.id,
                kind=kind,
                payment_id=owner.id if isinstance(owner, Payment) else None,
                credit_note_id=owner.id if isinstance(owner, CreditNote) else None,
                amount_minor=amount,
                allocated_minor=draw(st.sampled_from((amount, amount // 2))),
                effective_date=draw(days),
                counts=owner is None or not owner.is_deleted,
            )
        )
    return found + [draw(_taken_back(len(found) + number, one)) for number, one in enumerate(found, 1) if draw(flags)]


@st.composite
def _taken_back(draw: st.DrawFn, key: int, taken: Settlement) -> Settlement:
    """What takes a settlement back: since it was moved to another invoice, or since its payment was returned."""
    own = {"kind": taken.kind, "payment_id": taken.payment_id, "credit_note_id": taken.credit_note_id, "counts": taken.counts}
    day = draw(days)
    amounts = {"amount_minor": -taken.amount_minor, "allocated_minor": -taken.allocated_minor}
    return make_settlement(key, taken.invoice_id, effective_date=day, reversed_on=draw(st.sampled_from((None, day))), **own, **amounts)


@st.composite
def _refund(draw: st.DrawFn, key: int, owner: CreditNote | Payment) -> Refund:
    return make_refund(
        key,
        owner.customer_id,
        payment_id=owner.id if isinstance(owner, Payment) else None,
        credit_note_id=owner.id if isinstance(owner, CreditNote) else None,
        state=draw(st.sampled_from((PaymentState.SETTLED, PaymentState.DECLINED))),
        currency=draw(currencies) if draw(flags) else owner.currency,
        refund_date=draw(days),
        amount_minor=draw(st.integers(1, 900)),
        is_deleted=draw(flags),
    )


@st.composite
def _attempt(draw: st.DrawFn, key: int, world: World) -> PaymentAttempt:
    """An attempt for an invoice or for none, by its customer or by another one; some at the very edge of a day."""
    invoice = draw(st.sampled_from([None, *world.invoices]))
    customer = draw(st.sampled_from(world.customers))
    at = draw(st.sampled_from((time(0, 0), time(12, 30), time(23, 59, 59))))
    return make_attempt(
        key,
        customer.id or 0 if invoice is None or draw(flags) else invoice.customer_id,
        invoice_id=None if invoice is None else invoice.id,
        kind=draw(st.sampled_from((AttemptKind.CHARGE, *AttemptKind))),
        attempted_at=datetime.combine(draw(days), at, UTC),
        is_deleted=draw(flags),
    )


today_bases = bases(as_of=TODAY)
