"""Small invented worlds of everything that rules ask about, and the workspace that they are asked in."""

from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hub.config import CustomField, PaymentRiskSettings, WorkspaceSettings
from hub.evaluation.book import RuleBook
from hub.evaluation.fields import hub_rule_fields as other_fields
from hub.health.basis import Basis
from hub.health.fields import hub_rule_fields as figure_fields
from hub.health.refresh import turn_business_date
from hub.model import Communication, Dispute, PaymentMethod, Promise, Segment, SegmentMember, Subscription
from hub.plugins import PluginContext, SystemClock
from hub.vocabulary import ChannelKind, CommunicationStatus, PaymentMethodKind, SubscriptionStatus
from rules.fields import FieldCatalogue
from tests.health.keeping import write_kept_world
from tests.health.worlds import NOW, TODAY, insert_rows
from tests.health.worlds import World as Ledger

ZONE = ZoneInfo("Europe/Berlin")
BASE = "EUR"

CUSTOM_FIELDS = (
    CustomField("region", "customer", "Region X", "TEXT", "Where the customer is."),
    CustomField("tier", "customer", "tier", "WHOLE_NUMBER", "How important the customer is."),
    CustomField("score", "customer", "Score %", "DECIMAL", "How good the customer is."),
    CustomField("since", "customer", "since", "DATE", "Since when there is the customer."),
    CustomField("vip", "customer", "vip", "BOOLEAN", "Whether the customer is dear to us."),
    CustomField("project", "invoice", "Projekt", "TEXT", "For which project the document is."),
    CustomField("boxes", "invoice", "boxes", "WHOLE_NUMBER", "How many boxes were sent."),
    CustomField("weight", "invoice", "weight", "DECIMAL", "How heavy they were."),
    CustomField("delivered", "invoice", "delivered", "DATE", "When they arrived."),
    CustomField("fragile", "invoice", "fragile", "BOOLEAN", "Whether glass is in them."),
)
WORKSPACE = WorkspaceSettings("Example", BASE, ZONE, custom_fields=CUSTOM_FIELDS)


def make_catalogue(workspace: WorkspaceSettings = WORKSPACE) -> FieldCatalogue:
    """Every field that the hub itself has in a workspace."""
    context = PluginContext(plugin="hub", directory=Path(), var_directory=Path("var"), clock=SystemClock(), workspace=workspace, options={})
    return FieldCatalogue([*figure_fields(context), *other_fields(context)])


CATALOGUE = make_catalogue()
BOOK = RuleBook(CATALOGUE, WORKSPACE)


def make_book(*, high: str | None = None, medium: str | None = None) -> RuleBook:
    """The rules of a workspace with its own idea of risk."""
    workspace = WorkspaceSettings("Example", BASE, ZONE, custom_fields=CUSTOM_FIELDS, payment_risk=PaymentRiskSettings(high, medium))
    return RuleBook(CATALOGUE, workspace)


def make_basis(as_of: date = TODAY, **choices: Any) -> Basis:  # noqa: ANN401 - any choice of a basis
    """The basis of a day in the workspace."""
    return Basis(as_of, BASE, zone=ZONE, **choices)


@dataclass(slots=True)
class World(Ledger):
    """Everything that rules ask about."""

    messages: list[Communication] = field(default_factory=list[Communication])
    promises: list[Promise] = field(default_factory=list[Promise])
    disputes: list[Dispute] = field(default_factory=list[Dispute])
    methods: list[PaymentMethod] = field(default_factory=list[PaymentMethod])
    subscriptions: list[Subscription] = field(default_factory=list[Subscription])
    segments: list[Segment] = field(default_factory=list[Segment])
    members: list[SegmentMember] = field(default_factory=list[SegmentMember])


def world_of(ledger: Ledger) -> World:
    """The same ledger, of whose customers nothing else is known."""
    return World(**{each.name: getattr(ledger, each.name) for each in fields(Ledger)})


def write_world(connection: sa.Connection, world: World, basis: Basis) -> None:
    """Insert a world, with everything that is kept as of a basis."""
    write_kept_world(connection, world, basis)
    for rows in (world.messages, world.promises, world.disputes, world.methods, world.subscriptions, world.segments, world.members):
        insert_rows(connection, rows)
    turn_business_date(connection, basis)


def local(day: date, at: time = time(12), *, zone: ZoneInfo = ZONE) -> datetime:
    """The instant at which the clocks of the workspace show a time of a day."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def make_message(key: int, customer: int | None, **values: Any) -> Communication:  # noqa: ANN401 - any column of the table
    """An e-mail of now."""
    own: dict[str, Any] = {
        "id": key,
        "customer_id": customer,
        "channel": ChannelKind.EMAIL,
        "status": CommunicationStatus.SENT,
        "sent_at": NOW,
        "created_at": NOW,
    }
    return Communication(**(own | values))


def make_promise(key: int, customer: int, **values: Any) -> Promise:  # noqa: ANN401 - any column of the table
    """An open promise of today, for today, in the workspace currency."""
    own: dict[str, Any] = {"id": key, "customer_id": customer, "currency": BASE, "promised_on": TODAY, "due_on": TODAY, "created_at": NOW}
    return Promise(**(own | values))


def make_dispute(key: int, customer: int, **values: Any) -> Dispute:  # noqa: ANN401 - any column of the table
    """An open dispute of today in the workspace currency."""
    own: dict[str, Any] = {"id": key, "customer_id": customer, "currency": BASE, "opened_on": TODAY, "created_at": NOW, "updated_at": NOW}
    return Dispute(**(own | values))


def make_method(key: int, customer: int, **values: Any) -> PaymentMethod:  # noqa: ANN401 - any column of the table
    """A primary card without an end."""
    own: dict[str, Any] = {
        "id": key,
        "customer_id": customer,
        "connection_id": 1,
        "kind": PaymentMethodKind.CARD,
        "is_primary": True,
        "first_seen_at": NOW,
        "updated_at": NOW,
    }
    return PaymentMethod(**(own | values))


def make_subscription(key: int, customer: int, status: SubscriptionStatus, *, is_deleted: bool = False) -> Subscription:
    """A subscription in some state."""
    return Subscription(id=key, customer_id=customer, connection_id=1, status=status, is_deleted=is_deleted, first_seen_at=NOW, updated_at=NOW)
