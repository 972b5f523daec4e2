"""Mutations of exports."""

from collections.abc import Mapping

from hub.commands import exports
from schema.mutation.declaring import InputField, Mutation, id_input, shown

EXPORT_MUTATIONS: Mapping[str, Mutation] = {
    "bulkExport": Mutation(
        description=(
            "Have a whole list written to a file, as one state of the database and with your rights. A job does it: follow `bulkOperation` until it has ended."
        ),
        command=exports.export,
        input={
            "query": InputField(
                type="String!",
                description=(
                    "A query of one list with what is wanted of each object, such as `{ invoices(where: {isOpen: true}) { nodes { id number } } }`: "
                    "without paging, variables, and lists of pages below the objects."
                ),
            ),
            "format": InputField(type="ExportFormat!", description="How the file is written.", default="JSONL"),
        },
        payload={"bulkOperation": shown("BulkOperation", "The operation.")},
        needs_key=True,
    ),
    "bulkOperationCancel": Mutation(
        description="End an export that has not ended; what was written of it is removed. Its asker may do so, and whoever may set up the hub.",
        command=exports.cancel_export,
        input={"id": id_input("BulkOperation", "The operation.")},
        payload={"bulkOperation": shown("BulkOperation", "The operation.")},
    ),
}
"""Asking, cancelling."""
