"""A plugin's scorer decides the payment risk: asked once figures are there, stored with the day, and unknown where it fails (B22)."""

from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from threading import Event, Thread
from typing import Any, cast

import pytest
import sqlalchemy as sa
from anyio import fail_after, sleep, to_thread
from structlog.testing import capture_logs

from hub.access.principal import Principal
from hub.app import Hub
from hub.app.application import create_app
from hub.app.refreshing import refresh_if_needed
from hub.clock import FixedClock
from hub.config import PaymentRiskSettings, Settings
from hub.errors import ConfigurationError
from hub.evaluation.book import book_of
from hub.evaluation.evaluating import matches
from hub.evaluation.facts import Facts
from hub.evaluation.scoring import RiskScoring
from hub.health.basis import Basis
from hub.health.selfcheck import check_figures
from hub.model import CustomerRisk, DirtyCustomer, Segment, SegmentMember, table_of
from hub.plugins import Money, PaymentRisk, RiskCustomer, RiskScore
from hub.store.connections import all_connections
from hub.sync.service import SyncOptions, follow_up, preview_connection, today
from hub.vocabulary import Role
from rules.parsing import parse_rule
from schema.context import context_factory
from schema.http.incoming import GraphQLRequest
from schema.http.operations import Caller, Operations
from schema.ids import encode_id
from schema.limits.numbers import LIMITS
from schema.plugin import the_schema
from tests.app import made
from tests.app.conftest import NOW, MakeHub
from tests.app.scorer import Scripted
from tests.databases import ON_SQLITE
from tests.health.worlds import World, insert_rows, make_attempt, make_customer, make_invoice, write_world

BUILT_IN = ("hub.health.fields", "hub.evaluation.fields", "connectors.files.plugin", "connectors.sandbox.plugin", "schema.plugin", "tests.app.scorer")
RISKS = table_of(CustomerRisk)
DIRTY = table_of(DirtyCustomer)
TODAY = NOW.date()
HEALTH = "query($asOf: Date) { customers { nodes { name health(asOf: $asOf) { paymentRisk paymentRiskReasons paymentRiskProblem } } } }"
EXPLAIN = """
query($rule: String!, $id: ID!, $asOf: Date) {
  ruleExplain(rule: {text: $rule}, id: $id, asOf: $asOf) { holds parts { text holds value { text } dataAsOf reasons } changes { kind text } }
}
"""
HIGH = 'payment_risk includes ("HIGH")'
SECRET = "hunter2"


def naming(settings: Settings, scorer: str | None) -> Settings:
    return replace(settings, workspace=replace(settings.workspace, payment_risk=PaymentRiskSettings(scorer=scorer)))


@dataclass
class Desk:
    """A hub that names a scorer, and whoever asks it."""

    hub: Hub
    operations: Operations = field(init=False)

    def __post_init__(self) -> None:
        make_context = context_factory(self.hub.services, seconds=LIMITS.operation_seconds)
        self.operations = Operations(the_schema(), self.hub.store, make_context, limits=LIMITS)

    @property
    def scorer(self) -> Scripted:
        return cast("Scripted", self.hub.catalogue.risk_scorers["scripted"])

    def ask(self, query: str, **variables: object) -> Any:  # noqa: ANN401 - the data of an answer
        answer = self.operations.run(GraphQLRequest(query, None, variables), Caller(Principal("ada", Role.ADMIN, 1), "request"))
        assert not answer.body.get("errors"), answer.body
        return answer.body["data"]

    def risks(self, as_of: date | None = None) -> dict[str, str | None]:
        found = self.ask(HEALTH, asOf=None if as_of is None else as_of.isoformat())["customers"]["nodes"]
        return {node["name"]: node["health"]["paymentRisk"] for node in found}

    def told(self) -> dict[str, tuple[list[str] | None, str | None]]:
        """Reasons and problem by customer."""
        found = self.ask(HEALTH)["customers"]["nodes"]
        return {node["name"]: (node["health"]["paymentRiskReasons"], node["health"]["paymentRiskProblem"]) for node in found}

    def matching(self, rule: str, as_of: date | None = None) -> list[int]:
        workspace = self.hub.settings.workspace
        book = book_of(self.hub.catalogue.fields, workspace)
        with self.hub.store.read() as connection:
            facts = Facts.on(connection, Basis.of(workspace, as_of or today(self.hub.sync)))
            return [match.id for match in matches(connection, [parse_rule(rule)], book.customers(facts))]

    def explain(self, rule: str, customer: int, as_of: date | None = None) -> Any:  # noqa: ANN401
        day = None if as_of is None else as_of.isoformat()
        return self.ask(EXPLAIN, rule=rule, id=encode_id("Customer", customer), asOf=day)["ruleExplain"]

    def touch(self, *customers: int) -> None:
        with self.hub.store.write() as connection:
            connection.execute(sa.insert(DIRTY), [{"customer_id": key} for key in customers])

    def rows(self) -> Sequence[Mapping[str, Any]]:
        with self.hub.store.read() as connection:
            return [dict(row) for row in connection.execute(sa.select(RISKS).order_by(RISKS.c.customer_id)).mappings()]

    def is_anybody_dirty(self) -> bool:
        with self.hub.store.read() as connection:
            return connection.execute(sa.select(DIRTY.c.customer_id)).first() is not None

    def problems(self) -> list[str | None]:
        return [row["problem"] for row in self.rows()]


def world() -> World:
    """Customer 1 owes 100.00 that were due ten days ago, customer 2 nothing, customer 3 was deleted."""
    return World(
        customers=[make_customer(1, city="Goa"), make_customer(2), make_customer(3, is_deleted=True)],
        invoices=[
            make_invoice(
                1,
                1,
                document_date=TODAY - timedelta(days=40),
                due_date=TODAY - timedelta(days=10),
                total_minor=100_00,
                amount_due_minor=100_00,
                converted_total_minor=100_00,
                converted_due_minor=100_00,
                first_open_due_date=TODAY - timedelta(days=10),
            )
        ],
        attempts=[make_attempt(1, 1, attempted_at=NOW - timedelta(days=1))],
    )


def filled(hub: Hub) -> Desk:
    with hub.store.write() as connection:
        write_world(connection, world())
        insert_rows(connection, [Segment(id=1, name="Key"), Segment(id=2, name="Export")])
        insert_rows(connection, [SegmentMember(segment_id=1, customer_id=1), SegmentMember(segment_id=2, customer_id=1)])
    return Desk(hub)


@pytest.fixture
def desk(settings: Settings, make_hub: MakeHub) -> Desk:
    return filled(make_hub(naming(settings, "scripted"), *BUILT_IN))


@asynccontextmanager
async def served(desk: Desk) -> AsyncGenerator[None]:
    """The application of the hub runs, without its jobs."""
    app = create_app(desk.hub, works=False, refresh_seconds=0.05)
    async with app.router.lifespan_context(app):
        yield


async def until(is_so: Callable[[], bool]) -> None:
    with fail_after(60):
        while not await to_thread.run_sync(is_so):  # noqa: ASYNC110 - the database tells nobody
            await sleep(0.02)


class TestWhatItSays:
    def test_it_is_stored_with_the_day_and_shown_with_its_reasons(self, desk: Desk) -> None:
        follow_up(desk.hub.sync)
        assert desk.risks() == {"Customer 1": "HIGH", "Customer 2": "LOW"}
        assert desk.told() == {"Customer 1": (["100.00 overdue"], None), "Customer 2": ([], None)}
        assert [(row["customer_id"], row["business_date"], row["scorer"], row["mark"]) for row in desk.rows()] == [
            (1, TODAY, "scripted", None),
            (2, TODAY, "scripted", None),
        ]

    def test_it_is_given_plain_values_of_the_fields_that_it_asks_for(self, desk: Desk) -> None:
        follow_up(desk.hub.sync)
        ((as_of, (late, fine)),) = desk.scorer.asked
        assert as_of == TODAY
        assert late == RiskCustomer(
            1,
            {
                "overdue": Money(100_00, "EUR"),
                "net_overdue": Money(100_00, "EUR"),
                "overdue_percent": Decimal(100),
                "overdue_invoice_count": 1,
                "segment": ("Export", "Key"),
                "is_billed": True,
                "customer_city": "Goa",
                "last_attempt_date": TODAY - timedelta(days=1),
            },
        )
        assert (fine.values["segment"], fine.values["customer_city"], fine.values["overdue_percent"]) == ((), None, None)

    def test_rules_ask_for_it(self, desk: Desk) -> None:
        assert desk.matching("payment_risk is set") == []
        follow_up(desk.hub.sync)
        assert (desk.matching(HIGH), desk.matching('payment_risk includes ("low")')) == ([1], [2])
        assert desk.matching("payment_risk is set") == [1, 2]
        assert desk.matching('payment_risk is not set and payment_risk excludes ("HIGH")', TODAY - timedelta(days=1)) == [1, 2]
        assert desk.matching(HIGH, TODAY - timedelta(days=1)) == []

    def test_kept_figures_are_well_with_it(self, desk: Desk) -> None:
        follow_up(desk.hub.sync)
        with desk.hub.store.read() as connection:
            assert check_figures(connection, Basis.of(desk.hub.settings.workspace, TODAY)) == []

    def test_an_explanation_tells_its_reasons(self, desk: Desk) -> None:
        follow_up(desk.hub.sync)
        found = desk.explain(f"{HIGH} and overdue > 50 EUR", 1)
        assert found["holds"]
        whole, risk, overdue = found["parts"]
        assert (whole["reasons"], overdue["reasons"]) == (None, None)
        assert (risk["value"]["text"], risk["reasons"], risk["dataAsOf"]) == ("HIGH", ["100.00 overdue"], None)

    def test_an_explanation_of_another_day_says_that_there_is_none(self, desk: Desk) -> None:
        follow_up(desk.hub.sync)
        (part,) = desk.explain(HIGH, 1, TODAY - timedelta(days=1))["parts"]
        assert (part["holds"], part["reasons"]) == (False, ["There is no score of this day: scores are kept for today alone."])

    def test_the_days_to_come_leave_it_as_it_is(self, desk: Desk) -> None:
        follow_up(desk.hub.sync)
        still = desk.explain(f"{HIGH} and any invoice (days_past_due > 5 or days_past_due > 50)", 1)["changes"]
        assert "TIME" not in {change["kind"] for change in still}
        later = desk.explain(f"{HIGH} and any invoice (days_past_due < 20)", 1)["changes"]
        assert "TIME" in {change["kind"] for change in later}

    def test_texts_are_kept_as_the_databases_can(self, desk: Desk) -> None:
        desk.scorer.answer = lambda customers: {customer.id: RiskScore(PaymentRisk.LOW, ("a\0b", "\ud800", "x" * 500, *"123456789")) for customer in customers}
        follow_up(desk.hub.sync)
        reasons, _ = desk.told()["Customer 1"]
        assert reasons == ["a\ufffdb", "?", "x" * 300, *"1234567"]


class TestWhenItIsAsked:
    def test_only_whose_figures_were_brought_up_are_asked_about_again(self, desk: Desk) -> None:
        follow_up(desk.hub.sync)
        assert desk.scorer.ids() == [[1, 2]]
        follow_up(desk.hub.sync)
        assert desk.scorer.ids() == []
        desk.touch(2)
        follow_up(desk.hub.sync)
        assert desk.scorer.ids() == [[2]]

    def test_what_it_said_of_figures_that_have_changed_is_gone_until_it_answers(self, desk: Desk) -> None:
        follow_up(desk.hub.sync)
        desk.touch(1)
        seen: list[dict[str, str | None]] = []

        def look(customers: Sequence[RiskCustomer]) -> Mapping[int, RiskScore]:
            seen.append(desk.risks())
            return {customer.id: RiskScore(PaymentRisk.MEDIUM) for customer in customers}

        desk.scorer.answer = look
        follow_up(desk.hub.sync)
        assert seen == [{"Customer 1": None, "Customer 2": "LOW"}]
        assert desk.risks() == {"Customer 1": "MEDIUM", "Customer 2": "LOW"}

    def test_a_refresh_that_comes_in_between_has_it_asked_again(self, desk: Desk) -> None:
        def meanwhile(customers: Sequence[RiskCustomer]) -> Mapping[int, RiskScore]:
            if len(desk.scorer.asked) == 1:
                desk.touch(1)
                follow_up(replace(desk.hub.sync, score_risk=lambda: False))
                return {customer.id: RiskScore(PaymentRisk.HIGH) for customer in customers}
            return {customer.id: RiskScore(PaymentRisk.MEDIUM) for customer in customers}

        desk.scorer.answer = meanwhile
        follow_up(desk.hub.sync)
        assert desk.scorer.ids() == [[1, 2], [1]]
        assert desk.risks() == {"Customer 1": "MEDIUM", "Customer 2": "HIGH"}

    def test_a_new_day_makes_it_unknown_until_it_is_asked(self, desk: Desk, clock: FixedClock) -> None:
        follow_up(desk.hub.sync)
        clock.move_to(NOW + timedelta(days=1))
        assert desk.risks() == {"Customer 1": None, "Customer 2": None}
        assert desk.risks(TODAY) == {"Customer 1": "HIGH", "Customer 2": "LOW"}
        desk.scorer.ids()
        assert refresh_if_needed(desk.hub)
        assert desk.scorer.ids() == [[1, 2]]
        assert desk.risks() == {"Customer 1": "HIGH", "Customer 2": "LOW"}
        assert desk.risks(TODAY) == {"Customer 1": None, "Customer 2": None}

    def test_it_is_asked_about_a_limited_number_at_a_time(self, desk: Desk) -> None:
        with desk.hub.store.write() as connection:
            insert_rows(connection, [make_customer(key) for key in range(10, 510)])
        follow_up(desk.hub.sync)
        assert [len(some) for some in desk.scorer.ids()] == [500, 2]
        assert {row["level"] for row in desk.rows()} == {PaymentRisk.HIGH, PaymentRisk.LOW}

    def test_what_a_merge_leaves_is_asked_about_at_the_next_look(self, desk: Desk) -> None:
        follow_up(desk.hub.sync)
        desk.scorer.ids()
        answer = desk.ask(
            "mutation($input: CustomerMergeInput!) { customerMerge(input: $input) { userErrors { message } } }",
            input={"customer": encode_id("Customer", 1), "into": encode_id("Customer", 2), "idempotencyKey": "k"},
        )
        assert answer["customerMerge"]["userErrors"] == []
        assert desk.risks() == {"Customer 2": None}
        assert desk.hub.scoring.ask_once()
        assert desk.scorer.ids() == [[2]]
        assert desk.risks() == {"Customer 2": "HIGH"}
        assert [row["customer_id"] for row in desk.rows()] == [2]

    @ON_SQLITE
    def test_rules_ask_nobody(self, settings: Settings, make_hub: MakeHub) -> None:
        desk = filled(make_hub(naming(settings, None), *BUILT_IN))
        follow_up(desk.hub.sync)
        assert (desk.scorer.ids(), desk.rows()) == ([], [])
        assert desk.risks() == {"Customer 1": "MEDIUM", "Customer 2": "LOW"}
        assert desk.told() == {"Customer 1": (None, None), "Customer 2": (None, None)}

    def test_another_scorer_has_everybody_scored_anew_and_rules_forget_it(self, desk: Desk, settings: Settings, make_hub: MakeHub) -> None:
        follow_up(desk.hub.sync)
        other = Desk(make_hub(naming(settings, "other"), *BUILT_IN))
        assert other.risks() == {"Customer 1": None, "Customer 2": None}
        assert refresh_if_needed(other.hub)
        assert {row["scorer"] for row in other.rows()} == {"other"}
        assert other.risks() == {"Customer 1": "HIGH", "Customer 2": "LOW"}
        by_rules = Desk(make_hub(naming(settings, None), *BUILT_IN))
        assert refresh_if_needed(by_rules.hub)
        assert by_rules.rows() == []

    async def test_a_sync_ends_with_it(self, settings: Settings, make_hub: MakeHub) -> None:
        office = made.Office(make_hub(naming(settings, "scripted"), *BUILT_IN))
        await office.sync(office.make())
        found = office.rows(CustomerRisk, "level", "mark")
        assert len(found) > 5
        assert {mark for _, mark in found} == {None}
        assert {level for level, _ in found} == {PaymentRisk.HIGH, PaymentRisk.LOW}

    async def test_a_preview_asks_nobody(self, settings: Settings, make_hub: MakeHub) -> None:
        office = made.Office(make_hub(naming(settings, "scripted"), *BUILT_IN))
        office.make()
        with office.hub.store.read() as connection:
            (books,) = all_connections(connection, office.hub.settings)
        await preview_connection(office.hub.sync, books, SyncOptions())
        assert cast("Scripted", office.hub.catalogue.risk_scorers["scripted"]).asked == []


def raising(_customers: Sequence[RiskCustomer]) -> object:
    message = f"the bureau refused the key {SECRET}"
    raise ValueError(message)


def leaving(_customers: Sequence[RiskCustomer]) -> object:
    raise SystemExit(SECRET)


def nothing(_customers: Sequence[RiskCustomer]) -> object:
    return None


def about_others(customers: Sequence[RiskCustomer]) -> object:
    return {customer.id: RiskScore(PaymentRisk.LOW) for customer in customers} | {99: RiskScore(PaymentRisk.LOW)}


def by_name(customers: Sequence[RiskCustomer]) -> object:
    return {customer.id: "HIGH" for customer in customers}


def in_a_list(customers: Sequence[RiskCustomer]) -> object:
    reasons: Any = ["late"]
    return {customer.id: RiskScore(PaymentRisk.LOW, reasons) for customer in customers}


def half_wrong(customers: Sequence[RiskCustomer]) -> object:
    level: Any = "HIGH"
    return {customers[0].id: RiskScore(PaymentRisk.HIGH), customers[1].id: RiskScore(level)}


class TestWhenItFails:
    @pytest.mark.parametrize(
        ("answer", "problem"),
        [
            (raising, "it failed with ValueError"),
            (leaving, "it failed with SystemExit"),
            (nothing, "it gave no mapping of scores by customer"),
            (about_others, "it scored customers that it was not asked of"),
            (by_name, "a score is no RiskScore with a PaymentRisk and a tuple of texts"),
            (in_a_list, "a score is no RiskScore with a PaymentRisk and a tuple of texts"),
            (half_wrong, "a score is no RiskScore with a PaymentRisk and a tuple of texts"),
        ],
        ids=["raises", "exits", "nothing", "others", "names", "list", "half"],
    )
    def test_nothing_is_known_and_it_is_said_why(self, desk: Desk, answer: Any, problem: str) -> None:  # noqa: ANN401 - any function
        follow_up(desk.hub.sync)
        desk.touch(1, 2)
        desk.scorer.answer = answer
        with capture_logs() as logs:
            follow_up(desk.hub.sync)
        assert desk.risks() == {"Customer 1": None, "Customer 2": None}
        told = f"The risk scorer 'scripted' gave no score: {problem}. It is asked again after 15 minutes."
        assert desk.told() == {"Customer 1": (None, told), "Customer 2": (None, told)}
        assert desk.explain(HIGH, 1)["parts"][0]["reasons"] == [told]
        assert SECRET not in str(logs)
        assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["the risk scorer failed"]

    def test_it_is_asked_again_after_a_while(self, desk: Desk, clock: FixedClock) -> None:
        desk.scorer.answer = raising
        follow_up(desk.hub.sync)
        desk.scorer.ids()
        desk.scorer.answer = cast("Any", Scripted().answer)
        clock.move_to(NOW + timedelta(minutes=15))
        assert not desk.hub.scoring.ask_once()
        clock.move_to(NOW + timedelta(minutes=16))
        assert desk.hub.scoring.ask_once()
        assert desk.scorer.ids() == [[1, 2]]
        assert desk.told() == {"Customer 1": (["100.00 overdue"], None), "Customer 2": ([], None)}

    def test_whom_it_leaves_out_is_not_known_and_the_others_are(self, desk: Desk, clock: FixedClock) -> None:
        desk.scorer.answer = lambda customers: {customers[0].id: RiskScore(PaymentRisk.HIGH)}
        follow_up(desk.hub.sync)
        assert desk.risks() == {"Customer 1": "HIGH", "Customer 2": None}
        assert desk.told()["Customer 2"] == (None, "The risk scorer 'scripted' left this customer out.")
        desk.scorer.ids()
        clock.move_to(NOW + timedelta(hours=1))
        follow_up(desk.hub.sync)
        assert desk.scorer.ids() == []

    def test_a_slow_one_is_given_up_and_not_asked_again_before_it_ends(self, desk: Desk, clock: FixedClock) -> None:
        goes_on, ended = Event(), Event()

        def slowly(customers: Sequence[RiskCustomer]) -> Mapping[int, RiskScore]:
            goes_on.wait(60)
            ended.set()
            return {customer.id: RiskScore(PaymentRisk.LOW) for customer in customers}

        desk.scorer.answer = slowly
        hasty = RiskScoring(desk.hub.store, book_of(desk.hub.catalogue.fields, desk.hub.settings.workspace), desk.scorer, clock, patience_seconds=0.05)
        sync = replace(desk.hub.sync, score_risk=hasty)
        follow_up(sync)
        assert desk.problems() == ["The risk scorer 'scripted' gave no score: it took longer than 0.05 seconds. It is asked again after 15 minutes."] * 2
        clock.move_to(NOW + timedelta(hours=1))
        assert not hasty()
        assert len(desk.scorer.asked) == 1
        goes_on.set()
        ended.wait(60)
        desk.scorer.answer = Scripted().answer
        while not hasty():
            pass
        assert desk.risks() == {"Customer 1": "HIGH", "Customer 2": "LOW"}

    def test_one_asks_at_a_time(self, desk: Desk) -> None:
        inside, goes_on = Event(), Event()

        def answer(customers: Sequence[RiskCustomer]) -> Mapping[int, RiskScore]:
            inside.set()
            goes_on.wait(60)
            return {customer.id: RiskScore(PaymentRisk.LOW) for customer in customers}

        desk.scorer.answer = answer
        first = Thread(target=follow_up, args=(desk.hub.sync,))
        first.start()
        inside.wait(60)
        desk.touch(1)
        follow_up(desk.hub.sync)
        assert len(desk.scorer.asked) == 1
        goes_on.set()
        first.join()
        assert desk.scorer.ids() == [[1, 2], [1]]
        assert desk.risks() == {"Customer 1": "LOW", "Customer 2": "LOW"}

    def test_a_process_that_dies_while_it_asks_leaves_its_customers_to_the_next(self, desk: Desk, clock: FixedClock) -> None:
        follow_up(replace(desk.hub.sync, score_risk=lambda: False))
        with desk.hub.store.write() as connection:
            connection.execute(sa.update(RISKS).values(asked_at=clock.now()))
        assert not desk.hub.scoring.ask_once()
        clock.move_to(NOW + timedelta(minutes=16))
        assert desk.hub.scoring.ask_once()
        assert desk.risks() == {"Customer 1": "HIGH", "Customer 2": "LOW"}


class TestBesideTheServer:
    """While the hub is served, nobody waits for the scorer. Here it answers when the test says so, and not before."""

    @pytest.fixture
    def held(self, desk: Desk) -> Generator[Event]:
        goes_on = Event()

        def answer(customers: Sequence[RiskCustomer]) -> Mapping[int, RiskScore]:
            goes_on.wait(60)
            return {customer.id: RiskScore(PaymentRisk.LOW) for customer in customers}

        desk.scorer.answer = answer
        yield goes_on
        goes_on.set()

    async def test_figures_are_brought_up_while_it_is_asked(self, desk: Desk, held: Event) -> None:
        async with served(desk):
            await until(lambda: bool(desk.scorer.asked))
            desk.touch(1)
            await until(lambda: not desk.is_anybody_dirty())
            await to_thread.run_sync(follow_up, desk.hub.sync)
            assert desk.scorer.ids() == [[1, 2]]
            assert desk.risks() == {"Customer 1": None, "Customer 2": None}
            held.set()
            await until(lambda: desk.risks() == {"Customer 1": "LOW", "Customer 2": "LOW"})

    async def test_the_end_does_not_wait_for_it(self, desk: Desk, held: Event) -> None:
        """Its answer, which comes later, is not kept, and the next process asks of the same customers at once."""
        async with served(desk):
            await until(lambda: bool(desk.scorer.asked))
        assert not held.is_set()
        assert [(row["level"], row["problem"], row["asked_at"]) for row in desk.rows()] == [(None, None, None)] * 2
        desk.scorer.ids()
        held.set()
        await until(desk.hub.scoring.ask_once)
        assert desk.scorer.ids() == [[1, 2]]

    async def test_a_command_that_ends_waits_for_it(self, desk: Desk, held: Event) -> None:
        held.set()
        await to_thread.run_sync(follow_up, desk.hub.sync)
        assert desk.risks() == {"Customer 1": "LOW", "Customer 2": "LOW"}


@ON_SQLITE
class TestSettings:
    @pytest.mark.parametrize(
        ("scorer", "message"),
        [
            ("scripte", r"workspace\.payment_risk\.scorer: no plugin brings the risk scorer 'scripte'; did you mean 'scripted'\?"),
            ("curious", r"workspace\.payment_risk\.scorer: the risk scorer 'curious' asks for a field .*there is no field overdu; did you mean overdue\?"),
            ("circular", r"workspace\.payment_risk\.scorer: .*payment_risk is what it gives"),
        ],
    )
    def test_a_scorer_that_cannot_be_asked_stops_the_start(self, settings: Settings, make_hub: MakeHub, *, scorer: str, message: str) -> None:
        with pytest.raises(ConfigurationError, match=message):
            make_hub(naming(settings, scorer), *BUILT_IN)
