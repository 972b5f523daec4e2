"""Mutations of connections, their runs and their notices."""

from collections.abc import Mapping

from hub.commands import connections, syncing
from schema.mutation.declaring import InputField, Mutation, all_shown, id_input, shown

_JOB = shown("JobRun", "The job that does it; its `run` is there when it has begun.")

CONNECTION_MUTATIONS: Mapping[str, Mutation] = {
    "connectionPause": Mutation(
        description="Let a connection not run until it is resumed, declared ones too. The reason is shown with it; one that is paused takes the new reason.",
        command=connections.pause,
        input={"id": id_input("ConnectedSystem", "The connection.")},
        payload={"connection": shown("ConnectedSystem", "The connection.")},
    ),
    "connectionResume": Mutation(
        description="Let a connection run again. One whose system refused our credentials may try them once more.",
        command=connections.resume,
        input={"id": id_input("ConnectedSystem", "The connection.")},
        payload={"connection": shown("ConnectedSystem", "The connection.")},
    ),
    "connectionNoticeDismiss": Mutation(
        description="Put a notice out of sight while the same goes on; it comes up again when something else is the matter.",
        command=connections.dismiss,
        input={"id": id_input("ConnectionNotice", "The notice.")},
        payload={"connectionNotice": shown("ConnectionNotice", "The notice.")},
    ),
    "syncStart": Mutation(
        description="Read a connection now: what has changed, or everything again. The run is done by a job, after other work on the connection.",
        command=syncing.start,
        input={
            "connection": id_input("ConnectedSystem", "The connection."),
            "streams": InputField(type="[Stream!]", description="Only the feeds that bring these kinds of object; without it all of them.", at_most=50),
            "full": InputField(type="Boolean!", description="Read everything again, and not only what has changed; what is the same stays.", default=False),
            "since": InputField(type="Date", description="Read everything again from this day on."),
        },
        payload={"job": _JOB, "connection": shown("ConnectedSystem", "The connection.")},
        needs_key=True,
    ),
    "syncCancel": Mutation(
        description="Stop a run that is going on. It ends before its next page; what it has read stays.",
        command=syncing.cancel_run,
        input={"id": id_input("SyncRun", "The run.")},
        payload={"syncRun": shown("SyncRun", "The run."), "job": shown("JobRun", "The job that did it.")},
    ),
    "connectionDeletionsApprove": Mutation(
        description=(
            "Agree that what a held run found absent is gone: the connection is read again, and if just as many objects are absent, they are deleted or closed."
        ),
        command=syncing.approve_deletions,
        input={
            "connection": id_input("ConnectedSystem", "The connection."),
            "count": InputField(type="Int!", description="How many objects are absent, as the held run says."),
        },
        payload={"job": _JOB, "connection": shown("ConnectedSystem", "The connection.")},
        needs_key=True,
    ),
    "entityResync": Mutation(
        description="Fetch one object again, as it is now, from every connection that knows it. A job for each connection does it.",
        command=syncing.resync_entity,
        input={"id": InputField(type="ID!", description="The customer, contact, invoice, credit note or payment.", any_row=syncing.RESYNCED)},
        payload={"jobs": all_shown("JobRun", "The jobs that do it.")},
    ),
}
"""Pausing, reading, cancelling, fetching again."""
