"""Payment risk: each branch of the hub's own rules, and those that a workspace writes (B22)."""

import pytest

from hub.errors import ConfigurationError
from hub.evaluation.evaluating import matches
from hub.evaluation.facts import Facts
from hub.model import PaymentAttempt
from hub.store.engine import Store
from hub.vocabulary import AttemptKind, DunningStatus, PaymentSourceStatus, PaymentState
from rules.parsing import parse_rule
from tests.evaluation.worlds import BOOK, World, local, make_basis, make_book, make_method, write_world
from tests.health.worlds import day, make_attempt, make_customer, make_invoice, make_settlement, rolled_back

LEVELS = ("HIGH", "MEDIUM", "LOW")
RULES = [parse_rule(f'payment_risk includes ("{level}")') for level in LEVELS]


def tried(key: int, days_ago: int, **values: object) -> PaymentAttempt:
    """A declined charge of customer 1."""
    return make_attempt(key, 1, **({"attempted_at": local(day(-days_ago))} | values))


def thrice(**values: object) -> list[PaymentAttempt]:
    """Three failures of invoice 1, so long ago that they tell nothing else."""
    return [tried(key, 200 + key, **({"invoice_id": 1} | values)) for key in (1, 2, 3)]


def risk_of(store: Store, world: World, *, is_kept: bool = True) -> str:
    world.customers = [make_customer(1)]
    world.invoices = [make_invoice(1, 1, document_date=day(-300), total_minor=500)]
    with rolled_back(store) as connection:
        write_world(connection, world, make_basis())
        (match,) = matches(connection, RULES, BOOK.customers(Facts(make_basis(), is_kept)))
        (level,) = [level for number, level in enumerate(LEVELS) if match.holds(number)]
        return level


BRANCHES = {
    "nothing is known": (World(), "LOW"),
    "a valid source": (World(methods=[make_method(1, 1)]), "LOW"),
    "an invalid source": (World(methods=[make_method(1, 1, status=PaymentSourceStatus.INVALID)]), "HIGH"),
    "an invalid source that is not the primary one": (World(methods=[make_method(1, 1, status=PaymentSourceStatus.INVALID, is_primary=False)]), "LOW"),
    "an expired source": (World(methods=[make_method(1, 1, status=PaymentSourceStatus.EXPIRED)]), "HIGH"),
    "a source that ended yesterday": (World(methods=[make_method(1, 1, expires_on=day(-1))]), "HIGH"),
    "a source that ends today": (World(methods=[make_method(1, 1, expires_on=day(0))]), "MEDIUM"),
    "a source that ends in 30 days": (World(methods=[make_method(1, 1, expires_on=day(30))]), "MEDIUM"),
    "a source that ends in 31 days": (World(methods=[make_method(1, 1, expires_on=day(31))]), "LOW"),
    "dunning exhausted 90 days ago": (World(attempts=[tried(1, 90, dunning_status=DunningStatus.EXHAUSTED)]), "HIGH"),
    "dunning exhausted 91 days ago": (World(attempts=[tried(1, 91, dunning_status=DunningStatus.EXHAUSTED)]), "LOW"),
    "dunning stopped": (World(attempts=[tried(1, 90, dunning_status=DunningStatus.STOPPED)]), "MEDIUM"),
    "three failures of an open invoice": (World(attempts=thrice()), "HIGH"),
    "three returned debits of an open invoice": (World(attempts=thrice(state=PaymentState.RETURNED)), "HIGH"),
    "three failures of an invoice that is paid in part": (World(attempts=thrice(), settlements=[make_settlement(1, 1, amount_minor=1)]), "HIGH"),
    "three failures of an invoice that is paid": (World(attempts=thrice(), settlements=[make_settlement(1, 1, amount_minor=500)]), "LOW"),
    "two failures of an open invoice": (World(attempts=thrice()[:2]), "LOW"),
    "three failures of no invoice": (World(attempts=thrice(invoice_id=None)), "LOW"),
    "three chargebacks of an open invoice": (World(attempts=thrice(kind=AttemptKind.CHARGEBACK)), "LOW"),
    "a failure 90 days ago": (World(attempts=[tried(1, 90)]), "MEDIUM"),
    "a failure 91 days ago": (World(attempts=[tried(1, 91)]), "LOW"),
    "a success": (World(attempts=[tried(1, 0, state=PaymentState.SETTLED)]), "LOW"),
    "high before medium": (World(attempts=[tried(1, 0)], methods=[make_method(1, 1, status=PaymentSourceStatus.INVALID)]), "HIGH"),
}


@pytest.mark.parametrize("name", list(BRANCHES))
def test_each_branch_of_the_table_gives_its_level(store: Store, name: str) -> None:
    world, level = BRANCHES[name]
    assert risk_of(store, world) == level
    assert risk_of(store, world, is_kept=False) == level


def test_a_workspace_writes_its_own_rules_of_risk(store: Store) -> None:
    book = make_book(high="outstanding > 100 EUR", medium="any invoice (balance >= 50 EUR)")
    world = World(
        customers=[make_customer(key) for key in (1, 2, 3)],
        invoices=[make_invoice(1, 1, total_minor=10_001), make_invoice(2, 2, total_minor=5_000), make_invoice(3, 3, total_minor=4_999)],
        methods=[make_method(1, 3, status=PaymentSourceStatus.INVALID)],
    )
    with rolled_back(store) as connection:
        write_world(connection, world, make_basis())
        found = matches(connection, RULES, book.customers(Facts(make_basis(), is_kept=True)))
        assert [(match.id, match.mask) for match in found] == [(1, 0b001), (2, 0b010), (3, 0b100)]


def test_a_workspace_that_writes_one_rule_keeps_the_other(store: Store) -> None:
    book = make_book(medium="always")
    world = World(customers=[make_customer(1), make_customer(2)], methods=[make_method(1, 1, status=PaymentSourceStatus.INVALID)])
    with rolled_back(store) as connection:
        write_world(connection, world, make_basis())
        found = matches(connection, RULES, book.customers(Facts(make_basis(), is_kept=True)))
        assert [(match.id, match.mask) for match in found] == [(1, 0b001), (2, 0b010)]


@pytest.mark.parametrize("rule", ["outstandng > 1 EUR", "outstanding > 1 USD", 'payment_risk includes ("HIGH")', "balance > 1 EUR", "outstanding >"])
def test_rules_of_risk_that_cannot_be_used_stop_the_start(rule: str) -> None:
    with pytest.raises(ConfigurationError, match=r"workspace\.payment_risk\.high"):
        make_book(high=rule)
