"""Mutations that make, change, delete and try connections."""

from collections.abc import Mapping

from hub.commands import making, removing
from schema.mutation.declaring import InputField, InputType, Mutation, id_input, shown

_CONNECTION = shown("ConnectedSystem", "The connection.")
_MOST_SECRETS = 50

_SECRET = InputType(
    name="ConnectionSecretInput",
    description="One secret of a connection: either its value, which is sealed and never shown again, or the variable that holds it.",
    fields={
        "name": InputField(type="String!", description="The name that the connector has for it; `connectors` tells which there are."),
        "value": InputField(type="String", description="The secret itself.", is_secret=True),
        "variable": InputField(
            type="String", description="The environment variable of the server that holds it: one that `hub.secret_variables` of plugins.toml names."
        ),
    },
)
_OPTIONS = InputField(type="JSON", description="A value for each option, as the connector documents them; no secrets.")
_SYNC_FROM = InputField(type="Date", description="The first day of documents to read; without it everything.")
_SCHEDULE = InputField(
    type="String", description="When it is synced by itself: `every 15 minutes`, or a cron expression of five fields in the workspace zone; without it never."
)
_STREAMS = InputField(type="[Stream!]", description="Only these kinds of object; without it all that the connector delivers.", at_most=50)


def _secrets(description: str) -> InputField:
    return InputField(type="[ConnectionSecretInput!]", description=description, of=_SECRET, at_most=_MOST_SECRETS)


MAKING_MUTATIONS: Mapping[str, Mutation] = {
    "connectionCreate": Mutation(
        description=(
            "Make a connection. It is there at once, without a restart. The name of one that was removed can be taken for the same connector: "
            "its records are then those of the new one."
        ),
        command=making.create,
        input={
            "name": InputField(type="String!", description="Its name, which cannot be changed: letters, digits, `.`, `_` and `-`, at most 100."),
            "connector": InputField(type="String!", description="The connector that serves it; `connectors` lists those there are."),
            "kind": InputField(type="ConnectionKind!", description="What sort of system it leads to; it decides who speaks for a customer."),
            "options": _OPTIONS,
            "secrets": _secrets("Its secrets."),
            "streams": _STREAMS,
            "syncFromDate": _SYNC_FROM,
            "schedule": _SCHEDULE,
            "isPaused": InputField(type="Boolean!", description="Whether it is made paused: then it can be tried before anything is read.", default=False),
        },
        payload={"connection": _CONNECTION},
    ),
    "connectionUpdate": Mutation(
        description=(
            "Change a connection that was made through the API; what is not given stays as it is. Options say where secrets are sent: with other options "
            "every secret must be given again, and everything is read again. Name, connector and kind cannot be changed."
        ),
        command=making.update,
        input={
            "id": id_input("ConnectedSystem", "The connection."),
            "options": InputField(type="JSON", description="All its options anew; without it they stay."),
            "secrets": _secrets("Secrets to set, one by one; one with neither value nor variable is taken away. The others stay."),
            "streams": InputField(type="[Stream!]", description="Only these kinds of object; null: all that the connector delivers.", at_most=50),
            "syncFromDate": InputField(type="Date", description="The first day of documents to read; null: everything."),
            "schedule": InputField(type="String", description="When it is synced by itself; null: never."),
        },
        payload={"connection": _CONNECTION},
    ),
    "connectionDelete": Mutation(
        description=(
            "Take a connection out of use: it does not run any more, what waits is cancelled, and its options and secrets are erased. No record is erased; "
            "with `DELETE` each counts as deleted at its source, unless another connection knows it too."
        ),
        command=removing.delete,
        input={
            "id": id_input("ConnectedSystem", "The connection."),
            "records": InputField(type="ConnectionRecords!", description="What becomes of its records."),
        },
        payload={"connection": _CONNECTION, "job": shown("JobRun", "The job that deletes its records; null also where they are kept.")},
    ),
    "connectionTest": Mutation(
        description=(
            "Have the system of a connection asked what there is to read, and for a first page, which is not kept. A job does it: ask for the test until "
            "it has ended."
        ),
        command=removing.test,
        input={"id": id_input("ConnectedSystem", "The connection; it may be paused, and it may stand in plugins.toml.")},
        payload={"connectionTest": shown("ConnectionTest", "The test."), "job": shown("JobRun", "The job that makes it.")},
    ),
}
"""Making, changing, deleting, trying."""
