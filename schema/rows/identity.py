"""Who is who: merges and suggestions of customers, values that people set, conflicts, and where values are from."""

from collections.abc import Callable

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.commands.api_types import API_TYPES
from hub.model import CustomerMerge, FieldConflict, FieldOrigin, FieldOverride, FieldRule, LinkSuggestion, table_of
from hub.vocabulary import ConflictStatus, Entity
from schema.ids import encode_id
from schema.plan.declaring import column, computed, expression_of, id_of, one
from schema.plan.filters import IdFilter
from schema.plan.mapping import ManyField, RowType, Scope
from schema.values import Evidence, SourceValue

Condition = Callable[[Scope], sa.ColumnElement[bool]]

_MERGES = table_of(CustomerMerge)
_SUGGESTIONS = table_of(LinkSuggestion)
_CONFLICTS = table_of(FieldConflict)
_OVERRIDES = table_of(FieldOverride)
_ORIGINS = table_of(FieldOrigin)
_RULES = table_of(FieldRule)


def shown_field(stored: str) -> str:
    """A field as the API names it: `legal_name` is `legalName`, `parent_id` is `parent`."""
    first, *rest = stored.removesuffix("_id").split("_") if stored == "parent_id" else stored.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _node_id(entity: str, key: int) -> str:
    return encode_id(API_TYPES[Entity(entity)], key)


def _type_name(entity: str) -> str:
    return API_TYPES[Entity(entity)]


CUSTOMER_MERGE = RowType(
    name="CustomerMerge",
    description="Two customers that were made one, until somebody takes it back.",
    relation=lambda reading: reading.rows_of(_MERGES),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("CustomerMerge"),
        "customer": one("Customer", CustomerMerge.customer_id, "The one that was merged; hidden while it is."),
        "into": one("Customer", CustomerMerge.into_id, "The one that was kept."),
        "kind": column(CustomerMerge.kind, "Why.", filtered=True),
        "evidence": computed(
            "[Evidence!]!", "What spoke for it; empty: a person said so.", needs=(expression_of(CustomerMerge.evidence),), make=Evidence.list_of
        ),
        "actor": column(CustomerMerge.actor, "Who did it; null: a rule of the hub."),
        "reason": column(CustomerMerge.reason, "What the person gave as the reason."),
        "mergedAt": column(CustomerMerge.merged_at, "When.", filtered=True, ordered=True),
        "unmergedAt": column(CustomerMerge.unmerged_at, "When it was taken back; null: it stands.", filtered=True),
        "unmergedBy": column(CustomerMerge.unmerged_by, "Who took it back."),
    },
    filters={
        "customer": IdFilter("Of a customer that was merged.", "Customer", expression_of(CustomerMerge.customer_id)),
        "into": IdFilter("Into a customer.", "Customer", expression_of(CustomerMerge.into_id)),
    },
    default_order=(("MERGED_AT", True),),
)

LINK_SUGGESTION = RowType(
    name="LinkSuggestion",
    description="Two customers that may be one, for a person to decide.",
    relation=lambda reading: reading.rows_of(_SUGGESTIONS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("LinkSuggestion"),
        "customer": one("Customer", LinkSuggestion.customer_id, "The older one."),
        "other": one("Customer", LinkSuggestion.other_customer_id, "The newer one."),
        "kind": column(LinkSuggestion.kind, "Why they are suggested.", filtered=True),
        "score": column(LinkSuggestion.score, "How much speaks for it, from 0 to 100.", filtered=True, ordered=True),
        "evidence": computed("[Evidence!]!", "What speaks for it and against it.", needs=(expression_of(LinkSuggestion.evidence),), make=Evidence.list_of),
        "status": column(LinkSuggestion.status, "What became of it.", filtered=True),
        "suggestedAt": column(LinkSuggestion.suggested_at, "When it was first suggested.", filtered=True, ordered=True),
        "updatedAt": column(LinkSuggestion.updated_at, "When it last changed."),
        "decidedAt": column(LinkSuggestion.decided_at, "When a person decided; null: nobody has."),
        "decidedBy": column(LinkSuggestion.decided_by, "Who decided."),
    },
    filters={
        "customer": IdFilter("Where the older one is this customer.", "Customer", expression_of(LinkSuggestion.customer_id)),
        "other": IdFilter("Where the newer one is this customer.", "Customer", expression_of(LinkSuggestion.other_customer_id)),
    },
    default_order=(("SCORE", True),),
)

FIELD_OVERRIDE = RowType(
    name="FieldOverride",
    description="A value that a person has set over what the sources say.",
    relation=lambda reading: reading.rows_of(_OVERRIDES),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("FieldOverride"),
        "nodeId": computed(
            "ID!", "The object whose field it is.", needs=(expression_of(FieldOverride.entity), expression_of(FieldOverride.entity_id)), make=_node_id
        ),
        "field": computed("String!", "The field.", needs=(expression_of(FieldOverride.field),), make=shown_field),
        "value": column(FieldOverride.value, "The value, as JSON; null: no value."),
        "sourceValue": column(
            FieldOverride.source_value,
            "What the sources said then, as JSON; of a void the form of the invoice, of a mark of being paid what was open; null: no value.",
        ),
        "reason": column(FieldOverride.reason, "What the person gave as the reason."),
        "setBy": column(FieldOverride.set_by, "Who set it."),
        "setAt": column(FieldOverride.set_at, "When."),
        "clearedAt": column(FieldOverride.cleared_at, "When it ended; null: it stands."),
        "clearedBy": column(FieldOverride.cleared_by, "Who ended it; null: the source came to say the same, a rule of the field did, or it stands."),
    },
)

FIELD_CONFLICT = RowType(
    name="FieldConflict",
    description="A source changed a value over which ours stands: somebody has to decide. Meanwhile ours stands.",
    relation=lambda reading: reading.rows_of(_CONFLICTS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("FieldConflict"),
        "nodeId": computed(
            "ID!", "The object whose field it is.", needs=(expression_of(FieldConflict.entity), expression_of(FieldConflict.entity_id)), make=_node_id
        ),
        "field": computed("String!", "The field.", needs=(expression_of(FieldConflict.field),), make=shown_field),
        "ours": column(FieldConflict.ours, "What we say, as JSON; null: no value."),
        "theirs": column(
            FieldConflict.theirs, "What the source says now, as JSON; of a void the form of the invoice, of a mark of being paid what is open; null: no value."
        ),
        "was": column(FieldConflict.was, "What the source had said before, as JSON; null: no value."),
        "connection": one("ConnectedSystem", FieldConflict.connection_id, "Whose value it is."),
        "override": one("FieldOverride", FieldConflict.override_id, "Our value."),
        "status": column(FieldConflict.status, "What became of it.", filtered=True),
        "raisedAt": column(FieldConflict.raised_at, "When the source changed its value.", filtered=True, ordered=True),
        "decision": column(FieldConflict.decision, "How it was decided; null: it was not."),
        "decidedAt": column(FieldConflict.decided_at, "When it was decided or over; null: it is open."),
        "decidedBy": column(FieldConflict.decided_by, "Who decided; null: nobody, or it was over by itself."),
    },
    default_order=(("RAISED_AT", True),),
)

FIELD_RULE = RowType(
    name="FieldRule",
    description="What is done without asking when a source changes a field over which ours stands: a decision for every time.",
    relation=lambda reading: reading.rows_of(_RULES),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("FieldRule"),
        "objectType": computed("String!", "The type of the objects: Customer, Contact or Invoice.", needs=(expression_of(FieldRule.entity),), make=_type_name),
        "field": computed("String!", "The field.", needs=(expression_of(FieldRule.field),), make=shown_field),
        "decision": column(FieldRule.decision, "What is done."),
        "setBy": column(FieldRule.set_by, "Who said so."),
        "setAt": column(FieldRule.set_at, "When."),
    },
)

FIELD_PROVENANCE = RowType(
    name="FieldProvenance",
    description="Where the value of a field is from, where more than one has a say in it.",
    relation=lambda reading: reading.rows_of(_ORIGINS),
    readable=row_predicate,
    fields={
        "field": computed("String!", "The field.", needs=(expression_of(FieldOrigin.field),), make=shown_field),
        "source": one("ExternalReference", FieldOrigin.reference_id, "The source that is believed; null: no source has a value."),
        "override": one("FieldOverride", FieldOrigin.override_id, "What a person has set over it; null: nobody has."),
        "said": computed(
            "[SourceValue!]!", "What each source says, the first one asked first.", needs=(expression_of(FieldOrigin.said),), make=SourceValue.list_of
        ),
    },
)


def _of(entity: Entity) -> Condition:
    return lambda scope: scope.c.entity == entity


def _open_of(entity: Entity) -> Condition:
    return lambda scope: sa.and_(scope.c.entity == entity, scope.c.status == ConflictStatus.OPEN)


def provenance(entity: Entity) -> ManyField:
    """Where values of rows of an entity are from."""
    description = "Where values are from, of the fields in which more than one has a say: several sources, or a person."
    target = "FieldProvenance"
    return ManyField(type=f"[{target}!]!", description=description, target=target, foreign="entity_id", order=("field",), list_size=5, when=_of(entity))


def conflicts(entity: Entity) -> ManyField:
    """The open conflicts of rows of an entity."""
    return ManyField(
        type="[FieldConflict!]!",
        description="What is to be decided of it.",
        target="FieldConflict",
        foreign="entity_id",
        order=("id",),
        list_size=2,
        when=_open_of(entity),
    )
