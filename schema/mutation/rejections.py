"""Mutations of rejected records: of one, and of many at once with what is wrong with each."""

from collections.abc import Mapping

from hub.commands import rejections
from schema.mutation.declaring import InputField, Mutation, Result, all_shown, id_input, shown

_IDS = InputField(type="[ID!]!", description=f"The records: 1 to {rejections.MOST_AT_ONCE}.", row="RejectedRecord", at_most=rejections.MOST_AT_ONCE)
_RECORDS = Result(
    type="[RejectedRecord!]",
    description="The records that it was done for; null when the input was refused as a whole.",
    row="RejectedRecord",
    list_size=rejections.MOST_AT_ONCE,
)

REJECTION_MUTATIONS: Mapping[str, Mutation] = {
    "rejectedRecordRetry": Mutation(
        description="Apply a rejected record again, as it was mapped. A job does it; a record that is refused once more stays open with its new reason.",
        command=rejections.retry,
        input={"id": id_input("RejectedRecord", "The record.")},
        payload={"rejectedRecord": shown("RejectedRecord", "The record."), "job": shown("JobRun", "The job that does it.")},
    ),
    "rejectedRecordRetryBulk": Mutation(
        description="Apply rejected records again, as they were mapped: a job for each connection. What is wrong with some keeps none of the others from it.",
        command=rejections.retry_bulk,
        input={"ids": _IDS},
        payload={"rejectedRecords": _RECORDS, "jobs": all_shown("JobRun", "The jobs that do it.")},
    ),
    "rejectedRecordDismiss": Mutation(
        description="Close a rejected record without applying it; it stays on record.",
        command=rejections.dismiss,
        input={"id": id_input("RejectedRecord", "The record.")},
        payload={"rejectedRecord": shown("RejectedRecord", "The record.")},
    ),
    "rejectedRecordDismissBulk": Mutation(
        description="Close rejected records without applying them. What is wrong with some keeps none of the others from it.",
        command=rejections.dismiss_bulk,
        input={"ids": _IDS},
        payload={"rejectedRecords": _RECORDS},
    ),
}
"""Trying again, and dismissing."""
