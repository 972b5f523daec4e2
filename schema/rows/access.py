"""Who may use the API, and what they did: tokens without their secrets, and the audit log."""

from dataclasses import dataclass

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.model import ApiToken, AuditEntry, table_of
from schema.ids import decode_id, encode_id
from schema.plan.declaring import column, computed, expression_of, id_of
from schema.plan.mapping import RowType, Scope
from schema.values import AuditChange, AuditValue

_TOKENS = table_of(ApiToken)
_ENTRIES = table_of(AuditEntry)


@dataclass(frozen=True, slots=True)
class SubjectFilter:
    """The entries about one object."""

    description: str
    input_type: str = "ID"

    def predicate(self, scope: Scope, value: str, *, path: tuple[str, ...]) -> sa.ColumnElement[bool]:
        """The predicate for a global id. Raises RequestError, naming `path`, for a text that no id looks like."""
        type_name, key = decode_id(value, path)
        return sa.and_(scope.c.entity == type_name, scope.c.entity_id == key)


API_TOKEN = RowType(
    name="ApiToken",
    description="What a program or person shows to be let in. Its secret is shown once, when it is made, and is kept nowhere.",
    relation=lambda reading: reading.rows_of(_TOKENS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("ApiToken"),
        "name": column(ApiToken.name, "Who or what uses it.", filtered=True, ordered=True),
        "role": column(ApiToken.role, "What it may do follows from it.", filtered=True),
        "createdAt": column(ApiToken.created_at, "When it was made.", filtered=True, ordered=True),
        "expiresAt": column(ApiToken.expires_at, "From when on it is worthless; null: it does not expire.", filtered=True),
        "revokedAt": column(ApiToken.revoked_at, "When it was revoked; null: it was not.", filtered=True),
        "lastUsedAt": column(ApiToken.last_used_at, "When it was last used, to the minute; null: never.", filtered=True),
    },
)

AUDIT_ENTRY = RowType(
    name="AuditEntry",
    description="One thing that somebody did to one object through the API.",
    relation=lambda reading: reading.rows_of(_ENTRIES),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("AuditEntry"),
        "actor": column(AuditEntry.actor, "The name of the token that did it.", filtered=True),
        "action": column(AuditEntry.action, "The mutation.", filtered=True),
        "subjectType": column(AuditEntry.entity, "The type of the object that it was done to.", filtered=True),
        "subjectId": computed(
            "ID!", "The id of that object; `node` finds it.", needs=(expression_of(AuditEntry.entity), expression_of(AuditEntry.entity_id)), make=encode_id
        ),
        "input": computed("[AuditValue!]!", "What was asked for, without secrets.", needs=(expression_of(AuditEntry.input),), make=AuditValue.list_of),
        "changes": computed("[AuditChange!]!", "What was changed.", needs=(expression_of(AuditEntry.changes),), make=AuditChange.list_of),
        "reason": column(AuditEntry.reason, "Why, in the words of who did it; null: nobody said.", filtered=True),
        "requestId": column(AuditEntry.request_id, "The request, as its `X-Request-Id` named it.", filtered=True),
        "doneAt": column(AuditEntry.done_at, "When it was done.", filtered=True, ordered=True),
    },
    filters={"subject": SubjectFilter("About one object, by its id.")},
    default_order=(("DONE_AT", True),),
)
