"""Fields of payloads as sources send them, by which a schema that drifts is noticed."""

from hub.access.rows import row_predicate
from hub.model import SourceField, table_of
from schema.plan.declaring import column, computed, expression_of, id_of
from schema.plan.filters import ScalarFilter, enum_name_of
from schema.plan.mapping import RowType
from schema.plan.text import byte_order
from schema.values import list_or_empty

_FIELDS = table_of(SourceField)

_stream = expression_of(SourceField.stream)

SOURCE_FIELD = RowType(
    name="SourceField",
    description="One field of the payloads of a stream, as the source sends them.",
    relation=lambda reading: reading.rows_of(_FIELDS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("SourceField"),
        "stream": computed(
            "Stream!",
            "The kind of object.",
            needs=(_stream,),
            filter=ScalarFilter("By kind of object.", "StreamFilter", _stream, enum_name_of),
            order=lambda scope: byte_order(_stream(scope)),
        ),
        "path": column(SourceField.path, "The field's name; inside an object after a dot.", filtered=True, ordered=True),
        "types": computed(
            "[String!]!",
            "The JSON types seen, further ones at the end: text, number, boolean, object, list, null.",
            needs=(expression_of(SourceField.types),),
            make=list_or_empty,
        ),
        "state": column(SourceField.state, "Whether it is as it was.", filtered=True),
        "firstSeenAt": column(SourceField.first_seen_at, "When a payload first had it."),
        "lastSeenAt": column(SourceField.last_seen_at, "When a payload last had it.", ordered=True),
        "changedAt": column(SourceField.changed_at, "When what is known of it last changed.", filtered=True, ordered=True),
    },
    default_order=(("STREAM", False), ("PATH", False)),
)
