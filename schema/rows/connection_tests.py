"""Tests of connections: whether their systems answer."""

from hub.access.rows import row_predicate
from hub.model import ConnectionTest, table_of
from schema.plan.declaring import column, computed, expression_of, id_of, one
from schema.plan.filters import IdFilter
from schema.plan.mapping import RowType

_TESTS = table_of(ConnectionTest)

CONNECTION_TEST = RowType(
    name="ConnectionTest",
    description="One try of a connection: its system was asked what there is to read, and for a first page.",
    relation=lambda reading: reading.rows_of(_TESTS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("ConnectionTest"),
        "connection": one("ConnectedSystem", ConnectionTest.connection_id, "The connection that was tried."),
        "status": column(ConnectionTest.status, "What came of it.", filtered=True),
        "problem": column(ConnectionTest.problem, "What is the matter, in words; null: nothing, or it has not ended."),
        "feeds": computed("[String!]", "The names of what can be read there; null: it gave no answer.", needs=(expression_of(ConnectionTest.feeds),)),
        "milliseconds": column(ConnectionTest.milliseconds, "How long it took; null: it has not ended."),
        "job": one("JobRun", ConnectionTest.job_run_id, "The job that makes it; null: it is kept no longer."),
        "askedBy": column(ConnectionTest.asked_by, "The name of the token that asked for it."),
        "askedAt": column(ConnectionTest.asked_at, "When it was asked for.", filtered=True, ordered=True),
        "endedAt": column(ConnectionTest.ended_at, "When it ended; null: it has not."),
    },
    filters={"connection": IdFilter("Of a connection.", "ConnectedSystem", expression_of(ConnectionTest.connection_id))},
    default_order=(("ASKED_AT", True),),
)
