"""All root fields of subscriptions, and the types of their events."""

from collections.abc import Mapping

from schema.plan.mapping import Field
from schema.subscription import change_events, run_events
from schema.subscription.fields import SubscriptionField

SUBSCRIPTION_FIELDS: Mapping[str, SubscriptionField] = {
    "changeEvents": change_events.CHANGE_EVENTS,
    "syncRunEvents": run_events.SYNC_RUN_EVENTS,
}
"""Every field of the subscription type."""

EVENT_TYPES: Mapping[str, tuple[str, Mapping[str, Field]]] = {
    "ChangeEvent": ("Something that happened to a record.", change_events.FIELDS),
    "SyncRunEvent": ("A step of a run.", run_events.FIELDS),
}
"""The types of events, by name: what each is, and its fields."""

EVENT_ENUMS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "ChangeEntity": ("The kinds of object whose changes are told. More values may be added.", change_events.ENTITIES),
    "ChangeKind": ("What can happen to a record. More values may be added.", change_events.KINDS),
    "SyncRunEventKind": ("What can happen to a run. More values may be added.", run_events.KINDS),
}
"""The enums of events, by name: what each is, and its members."""
