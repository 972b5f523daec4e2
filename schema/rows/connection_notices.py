"""Notices of connections: what a person should know of one as a whole."""

from hub.access.rows import row_predicate
from hub.model import ConnectionNotice, table_of
from hub.sync.notices import is_open
from schema.plan.declaring import column, computed, expression_of, id_of, one
from schema.plan.filters import FlagFilter, IdFilter
from schema.plan.mapping import RowType

_NOTICES = table_of(ConnectionNotice)

CONNECTION_NOTICE = RowType(
    name="ConnectionNotice",
    description="Something about a connection that a person should know and may have to act on, told once while it goes on.",
    relation=lambda reading: reading.rows_of(_NOTICES),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("ConnectionNotice"),
        "connection": one("ConnectedSystem", ConnectionNotice.connection_id, "The connection that it is about."),
        "kind": column(ConnectionNotice.kind, "What sort of thing it tells.", filtered=True),
        "subject": column(ConnectionNotice.subject, "What of the connection it is about: a feed, a field; empty: the connection itself.", filtered=True),
        "message": column(ConnectionNotice.message, "What to know, in words.", filtered=True),
        "isOpen": computed(
            "Boolean!",
            "Whether somebody should look at it: it is neither over nor dismissed.",
            needs=(lambda scope: is_open(scope.rows),),
            make=bool,
            filter=FlagFilter("Whether somebody should look at it.", lambda scope: is_open(scope.rows)),
        ),
        "raisedAt": column(ConnectionNotice.raised_at, "When it was told.", filtered=True, ordered=True),
        "lastSeenAt": column(ConnectionNotice.last_seen_at, "When it was last found to go on.", filtered=True, ordered=True),
        "dismissedAt": column(ConnectionNotice.dismissed_at, "When a person put it out of sight; null: nobody did."),
        "dismissedBy": column(ConnectionNotice.dismissed_by, "Who did; null: nobody."),
        "resolvedAt": column(ConnectionNotice.resolved_at, "When it was over; null: it goes on.", filtered=True),
        "resolvedBy": column(ConnectionNotice.resolved_by, "Who ended it; null: it ended by itself, or goes on."),
    },
    filters={"connection": IdFilter("Of a connection.", "ConnectedSystem", expression_of(ConnectionNotice.connection_id))},
    default_order=(("RAISED_AT", True),),
)
