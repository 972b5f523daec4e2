"""Random worlds of everything that rules ask about."""

from dataclasses import fields
from datetime import date, time, timedelta
from typing import TypeVar

from hypothesis import strategies as st

from hub.model import Communication, Customer, Dispute, Invoice, PaymentAttempt, PaymentMethod, Promise, Row, Segment, SegmentMember
from hub.vocabulary import (
    AttemptKind,
    ChannelKind,
    DisputeStatus,
    DunningStatus,
    EntityType,
    PaymentMethodKind,
    PaymentSourceStatus,
    PaymentState,
    PromiseStatus,
    SourceHandling,
    SubscriptionStatus,
)
from tests.evaluation.worlds import (
    World,
    local,
    make_dispute,
    make_message,
    make_method,
    make_promise,
    make_subscription,
    world_of,
)
from tests.health.strategies import currencies, days, flags
from tests.health.strategies import worlds as ledgers
from tests.health.worlds import TODAY, make_attempt

TEXTS = (
    "Köln",
    "KÖLN",
    "Straße",
    "STRASSE",
    "STRAẞE",
    "İzmir",
    "i\u0307zmir",
    "\u212aelvin",
    "kelvin",
    "ﬁnance",
    "FINANCE",
    "ΣΊΣΥΦΟΣ",
    "σίσυφος",
    "Goa",
    "gOA",
    '50% "off_\\',
    "'; DROP TABLE customer; --",
    "",
)
"""Texts that case folding makes one, though they differ in length or in script, and some that SQL could trip over."""

ENTRIES = (
    *TEXTS,
    True,
    False,
    0,
    1,
    -7,
    12,
    "12",
    "+3",
    "-0.50",
    "1.50",
    "1.5",
    "true",
    "FALSE",
    "2026-03-31",
    "2026-02-30",
    "2026-13-01",
    "2025-12-01",
    "1e5",
    "9" * 30,
)
"""What sources add: text, whole numbers, yes and no; and often not what the settings say."""

Drawn = TypeVar("Drawn")

texts = st.sampled_from(TEXTS)
moments = st.builds(
    local,
    days | st.sampled_from((date(2026, 3, 28), date(2026, 3, 29), date(2025, 10, 26), TODAY)),
    st.sampled_from((time(0, 0), time(0, 30), time(2, 30), time(12), time(23, 30), time(23, 59, 59))),
)
"""Many at the very edge of a day in Berlin, also of those on which the clocks are changed."""


def maybe(found: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn | None]:
    """A value or none."""
    return st.none() | found


_KEYS = frozenset({"id", "customer_id", "parent_id", "bill_to_id", "invoice_id", "payment_id", "credit_note_id", "appearance_of_id", "segment_id"})
_APART = 1_000


@st.composite
def crowds(draw: st.DrawFn) -> World:
    """Several worlds in one, with the exchange rates of the first: to ask a database a hundred rules takes the same time for one row and for many."""
    several = draw(st.lists(worlds(), min_size=2, max_size=5))
    crowd = several[0]
    for number, world in enumerate(several[1:], 1):
        world.rates = []
        for each in fields(World):
            for row in getattr(world, each.name):
                _shift(row, number * _APART)
            getattr(crowd, each.name).extend(getattr(world, each.name))
    return crowd


def _shift(row: Row, by: int) -> None:
    for name in _KEYS & set(type(row).model_fields):
        key = getattr(row, name)
        setattr(row, name, None if key is None else key + by)
    if isinstance(row, Segment):
        row.name += str(by)
    if isinstance(row, Communication) and row.invoice_ids is not None:
        row.invoice_ids = [int(key) + by for key in row.invoice_ids]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A ledger with all that is said about its customers and documents."""
    world = world_of(draw(ledgers()))
    for customer in world.customers:
        draw(_described(customer))
    for invoice in world.invoices:
        draw(_told(invoice))
    for note in world.credits:
        note.number, note.location, note.business_unit = draw(maybe(texts)), draw(maybe(texts)), draw(maybe(texts))
        note.posting_date, note.custom = draw(maybe(days)), draw(_entries("Projekt", "boxes", "weight", "delivered", "fragile"))
    for payment in world.payments:
        payment.gateway, payment.method_kind = draw(maybe(texts)), draw(maybe(st.sampled_from(PaymentMethodKind)))
    keys = st.sampled_from([customer.id or 0 for customer in world.customers])
    invoices = maybe(st.sampled_from(world.invoices)) if world.invoices else st.none()
    world.attempts = [draw(_attempt(key, world)) for key in range(1, draw(st.integers(0, 9)) + 1)]
    world.messages = [draw(_message(key, draw(maybe(keys)), world=world)) for key in range(1, draw(st.integers(0, 5)) + 1)]
    world.promises = [draw(_promise(key, draw(keys), invoice=draw(invoices))) for key in range(1, draw(st.integers(0, 4)) + 1)]
    world.disputes = [draw(_dispute(key, draw(keys), invoice=draw(invoices))) for key in range(1, draw(st.integers(0, 4)) + 1)]
    world.methods = [draw(_method(key, draw(keys))) for key in range(1, draw(st.integers(0, 5)) + 1)]
    states = st.sampled_from(SubscriptionStatus)
    world.subscriptions = [make_subscription(key, draw(keys), draw(states), is_deleted=draw(flags)) for key in range(1, draw(st.integers(0, 4)) + 1)]
    world.segments = [Segment(id=key, name=name) for key, name in enumerate(TEXTS[: draw(st.integers(0, 4))], 1)]
    ids = st.sampled_from([segment.id or 0 for segment in world.segments]) if world.segments else st.nothing()
    pairs = draw(st.sets(st.tuples(ids, keys), max_size=5)) if world.segments else set[tuple[int, int]]()
    world.members = [SegmentMember(segment_id=segment, customer_id=customer) for segment, customer in sorted(pairs)]
    return world


@st.composite
def _described(draw: st.DrawFn, customer: Customer) -> None:
    customer.name, customer.email, customer.tax_id = draw(texts), draw(maybe(texts)), draw(maybe(texts))
    customer.city, customer.region, customer.country = draw(maybe(texts)), draw(maybe(texts)), draw(maybe(st.sampled_from(("DE", "IN"))))
    customer.is_billed, customer.entity_type, customer.source_handling = (
        draw(st.booleans()),
        draw(st.sampled_from(EntityType)),
        draw(st.sampled_from(SourceHandling)),
    )
    customer.finance_owner, customer.sales_owner, customer.currency = draw(maybe(texts)), draw(maybe(texts)), draw(maybe(currencies))
    customer.is_auto_collected, customer.payment_terms_days = draw(maybe(st.booleans())), draw(maybe(st.sampled_from((0, 14, 30))))
    balances: st.SearchStrategy[dict[str, int]] = st.dictionaries(st.sampled_from(("EUR", "USD", "JPY")), st.sampled_from((0, 0, 0, 5)), max_size=2)
    customer.reported_balances = draw(maybe(balances))
    customer.custom = draw(_entries("Region X", "tier", "Score %", "since", "vip"))
    customer.is_deleted = draw(flags)


def _entries(*names: str) -> st.SearchStrategy[dict[str, str | int | None] | None]:
    values = st.none() | st.sampled_from(ENTRIES)
    return maybe(st.fixed_dictionaries({}, optional=dict.fromkeys(names, values)))


@st.composite
def _told(draw: st.DrawFn, invoice: Invoice) -> None:
    invoice.number, invoice.location, invoice.business_unit = draw(maybe(texts)), draw(maybe(texts)), draw(maybe(texts))
    invoice.purchase_order_number, invoice.contract = draw(maybe(texts)), draw(maybe(texts))
    invoice.posting_date, invoice.created_on = draw(maybe(days)), draw(maybe(days))
    invoice.is_disputed = draw(st.integers(0, 2)) == 0
    invoice.custom = draw(_entries("Projekt", "boxes", "weight", "delivered", "fragile"))


@st.composite
def _attempt(draw: st.DrawFn, key: int, world: World) -> PaymentAttempt:
    invoice = draw(st.sampled_from([None, *world.invoices]))
    customer = draw(st.sampled_from(world.customers))
    return make_attempt(
        key,
        customer.id or 0 if invoice is None or draw(flags) else invoice.customer_id,
        invoice_id=None if invoice is None else invoice.id,
        kind=draw(st.sampled_from((AttemptKind.CHARGE, *AttemptKind))),
        state=draw(st.sampled_from((*[PaymentState.DECLINED] * 5, *PaymentState))),
        method_kind=draw(maybe(st.sampled_from(PaymentMethodKind))),
        method_fingerprint=draw(maybe(st.sampled_from(("one", "two")))),
        gateway=draw(maybe(texts)),
        currency=draw(currencies),
        amount_minor=draw(st.integers(0, 900)),
        attempted_at=draw(moments),
        decline_reason=draw(maybe(st.sampled_from(("INSUFFICIENT_FUNDS", "EXPIRED_CARD")))),
        decline_code=draw(maybe(texts)),
        dunning_status=draw(maybe(st.sampled_from(DunningStatus))),
        next_retry_on=draw(maybe(days)),
        is_deleted=draw(flags),
    )


@st.composite
def _message(draw: st.DrawFn, key: int, customer: int | None, *, world: World) -> Communication:
    """A message with any customer or none, about any invoices."""
    sent_at = draw(maybe(moments))
    spoken_of = st.lists(st.sampled_from([invoice.id for invoice in world.invoices]), unique=True) if world.invoices else st.just(list[int]())
    return make_message(
        key,
        customer,
        channel=draw(st.sampled_from((ChannelKind.EMAIL, ChannelKind.EMAIL, ChannelKind.EMAIL, ChannelKind.SMS))),
        sent_at=sent_at,
        replied_at=None if sent_at is None else draw(maybe(st.integers(0, 40).map(lambda wait: sent_at + timedelta(days=wait)))),
        invoice_ids=draw(maybe(spoken_of)),
    )


@st.composite
def _about(draw: st.DrawFn, customer: int, invoice: Invoice | None) -> tuple[int, int | None]:
    """Who says something, and of which invoice: often its customer, and often another one that pays for it."""
    return (customer, None) if invoice is None else (draw(st.sampled_from((invoice.customer_id, customer))), invoice.id)


@st.composite
def _promise(draw: st.DrawFn, key: int, customer: int, *, invoice: Invoice | None) -> Promise:
    owner, invoice_id = draw(_about(customer, invoice))
    status = draw(st.sampled_from((PromiseStatus.OPEN, PromiseStatus.OPEN, *PromiseStatus)))
    amount = draw(st.integers(1, 900))
    return make_promise(
        key,
        owner,
        invoice_id=invoice_id,
        status=status,
        currency=draw(currencies) if invoice is None else invoice.currency,
        amount_minor=amount,
        kept_minor=draw(st.sampled_from((0, 0, amount // 2))),
        promised_on=draw(days),
        due_on=draw(days),
        closed_at=None if status is PromiseStatus.OPEN else draw(maybe(moments)),
    )


@st.composite
def _dispute(draw: st.DrawFn, key: int, customer: int, *, invoice: Invoice | None) -> Dispute:
    owner, invoice_id = draw(_about(customer, invoice))
    status = draw(st.sampled_from((DisputeStatus.OPEN, DisputeStatus.OPEN, *DisputeStatus)))
    return make_dispute(
        key,
        owner,
        invoice_id=invoice_id,
        status=status,
        currency=draw(currencies) if invoice is None else invoice.currency,
        amount_minor=draw(st.integers(1, 900)),
        opened_on=draw(maybe(days)),
        resolved_on=None if status is DisputeStatus.OPEN else draw(maybe(days)),
    )


@st.composite
def _method(draw: st.DrawFn, key: int, customer: int) -> PaymentMethod:
    return make_method(
        key,
        customer,
        kind=draw(st.sampled_from((PaymentMethodKind.CARD, PaymentMethodKind.CARD, *PaymentMethodKind))),
        fingerprint=draw(maybe(st.sampled_from(("one", "two")))),
        expires_on=draw(maybe(days)),
        status=draw(st.sampled_from((PaymentSourceStatus.VALID, PaymentSourceStatus.VALID, *PaymentSourceStatus))),
        is_primary=draw(st.booleans()),
        is_backup=draw(st.booleans()),
        is_deleted=draw(flags),
    )
