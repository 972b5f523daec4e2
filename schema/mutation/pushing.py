"""The mutation by which integrators bring records."""

from collections.abc import Mapping

from hub.commands import pushing
from hub.sync.pushing import FEW_CUSTOMERS
from schema.mutation.declaring import InputField, Mutation, Result, id_input, shown
from schema.mutation.record_inputs import RECORD
from schema.mutation.values import PushResultValue

PUSHING_MUTATIONS: Mapping[str, Mutation] = {
    "recordsPush": Mutation(
        description=(
            "Bring records of a connection whose connector takes pushes. They land as those of any connector do, in one transaction. The figures of up to "
            f"{FEW_CUSTOMERS} customers that they touch are right with the answer, those of more when the job is done. What is wrong with some keeps none of "
            "the others from it. The same records again change nothing."
        ),
        command=pushing.push,
        input={
            "connection": id_input("ConnectedSystem", "The connection."),
            "records": InputField(
                type="[RecordInput!]!",
                description=(
                    f"The records, 1 to {pushing.MOST_AT_ONCE} of any kinds. They may come in any order: what names a customer that has not come waits for it. "
                    "Of forms of one object the newer counts, by version or instant, or else the later."
                ),
                of=RECORD,
                at_most=pushing.MOST_AT_ONCE,
                is_each_apart=True,
                is_only_counted=True,
            ),
        },
        payload={
            "run": shown("SyncRun", "The run that the batch is, with its counts."),
            "job": shown(
                "JobRun",
                "The job that does what is left: it finds out who new customers are, and brings up the figures of many. It may serve several pushes; null also "
                "when nothing is left.",
            ),
            "results": Result(
                type="[PushResult!]",
                description="What became of each record, in the order of the input; null when nothing was done.",
                list_size=pushing.MOST_AT_ONCE,
                make=PushResultValue.list_of,
            ),
        },
        needs_key=True,
    ),
}
"""Pushing."""
