"""Values for many customers at once are those that an explanation tells of each."""

from hub.evaluation.customer_values import read_values
from hub.evaluation.facts import Facts
from hub.evaluation.reading import LeafReader
from hub.model import Segment, SegmentMember
from hub.money import Money
from hub.store.engine import Store
from hub.vocabulary import SubscriptionStatus
from rules.checking import VISIBLE
from rules.fields import Level, Operator
from rules.model import Comparison
from tests.evaluation.worlds import (
    BOOK,
    CATALOGUE,
    World,
    make_basis,
    make_dispute,
    make_message,
    make_method,
    make_promise,
    make_subscription,
    write_world,
)
from tests.health.worlds import day, make_attempt, make_customer, make_invoice, rolled_back

FIELDS = [field.id for field in CATALOGUE if field.level in VISIBLE[Level.CUSTOMER]]
IDS = [1, 2]
RICH = World(
    customers=[
        make_customer(1, city="Goa", finance_owner="Ana", custom={"Region X": "north", "tier": "3", "Score %": "7.25", "since": "2020-02-29", "vip": "true"}),
        make_customer(2, custom={"tier": "many", "since": "2020-02-30"}),
        make_customer(3, city="Delhi"),
    ],
    invoices=[
        make_invoice(1, 1, total_minor=30_000, document_date=day(-60), due_date=day(-30)),
        make_invoice(2, 2, total_minor=10, currency="XTS", document_date=day(-60), due_date=day(-30)),
        make_invoice(3, 3, total_minor=7, document_date=day(-60), due_date=day(-30)),
    ],
    attempts=[make_attempt(1, 1, amount_minor=500, currency="JPY", decline_reason="no money")],
    messages=[make_message(1, 1)],
    promises=[make_promise(1, 1, amount_minor=100)],
    disputes=[make_dispute(1, 1, amount_minor=100)],
    methods=[make_method(1, 1)],
    subscriptions=[make_subscription(1, 1, SubscriptionStatus.PAUSED), make_subscription(2, 1, SubscriptionStatus.ACTIVE)],
    segments=[Segment(id=1, name="Key"), Segment(id=2, name="Export")],
    members=[SegmentMember(segment_id=1, customer_id=1), SegmentMember(segment_id=2, customer_id=1), SegmentMember(segment_id=2, customer_id=3)],
)


def test_every_field_of_a_rule_about_customers_is_read_as_an_explanation_reads_it(store: Store) -> None:
    with rolled_back(store) as connection:
        write_world(connection, RICH, make_basis())
        facts = Facts.on(connection, make_basis())
        found = read_values(connection, BOOK.customers(facts), ids=[*IDS, 99], fields=FIELDS)
        assert sorted(found) == IDS
        for key in IDS:
            leaves = {name: Comparison(name, Operator.IS_SET) for name in FIELDS}
            readings = LeafReader(connection, BOOK.customers(facts), key).read(leaves.values())
            assert readings is not None
            assert found[key] == {name: readings[leaf].value for name, leaf in leaves.items()}
    assert (found[1]["segment"], found[1]["subscription_status"], found[2]["segment"]) == (("Export", "Key"), ("ACTIVE", "PAUSED"), ())
    assert (found[1]["last_attempt_amount"], found[1]["custom.vip"], found[2]["custom.since"]) == (Money(500, "JPY"), True, None)
    assert (found[1]["overdue"], found[2]["overdue"]) == (Money(30_000, "EUR"), None)
