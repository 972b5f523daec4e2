"""Mutations of files: announcing an upload, looking at what a file would change, and bringing it in."""

from collections.abc import Mapping

from hub.commands import importing
from schema.mutation.declaring import InputField, Mutation, Result, id_input, shown

_JOB = shown("JobRun", "The job that does it.")
_FILE_IMPORT = shown("FileImport", "The import; its `state` and `result` tell what becomes of it.")

_HOW: Mapping[str, InputField] = {
    "mapping": InputField(type="String", description="What the columns mean: the name of a mapping that ships with the hub."),
    "mappingUpload": InputField(type="ID", description="Or a mapping of your own: an upload of a TOML file.", row="StagedUpload"),
    "connection": InputField(
        type="String",
        description="The connection to import into, by name: a declared one that reads files, or any other. Without it, named after the mapping.",
    ),
    "since": InputField(type="Date", description="Leave out documents dated before this day."),
    "sequence": InputField(type="String", description="Where the file stands in the order of its feed, when neither name nor column tells."),
    "listDate": InputField(type="Date", description="The day of a full open list, when neither name nor column tells."),
    "closeAbsent": InputField(type="Int", description="Close this many invoices that a full open list no longer names: just as many as the preview tells."),
}

IMPORT_MUTATIONS: Mapping[str, Mutation] = {
    "stagedUploadCreate": Mutation(
        description="Announce a file. Its bytes are then sent by PUT to `url`, with the same bearer token and a Content-Length of `byteSize`.",
        command=importing.announce,
        input={
            "fileName": InputField(type="String!", description="What the file is called; its extension tells what it is. No folders."),
            "byteSize": InputField(type="Int!", description="How many bytes it has, just so."),
            "sha256": InputField(type="String", description="The SHA-256 of its bytes in hexadecimal; others are then refused."),
        },
        payload={
            "stagedUpload": shown("StagedUpload", "The upload."),
            "url": Result(type="String", description="Where its bytes go, from the root of the hub; null when nothing was done."),
            "method": Result(type="String", description="The method of HTTP to send them with; null when nothing was done."),
        },
        needs_key=True,
    ),
    "importPreview": Mutation(
        description="Find out what a file would change, and change nothing. A job does it; the import has its result.",
        command=importing.preview,
        input={
            "upload": id_input("StagedUpload", "The file."),
            **_HOW,
            "releaseBrake": InputField(type="Boolean!", description="Close them even when they are more than the workspace allows at once.", default=False),
        },
        payload={"fileImport": _FILE_IMPORT, "job": _JOB},
        needs_key=True,
    ),
    "importApply": Mutation(
        description=(
            "Bring a file in: one that was previewed, with the same bytes and options, or an upload. The same file again changes nothing. A job does it, "
            "after other work on the connection; the result has the real counts, whatever changed since the preview."
        ),
        command=importing.apply,
        input={
            "preview": InputField(type="ID", description="A preview; then only `closeAbsent` and `releaseBrake` may be given with it.", row="FileImport"),
            "upload": InputField(type="ID", description="Or a file without a preview.", row="StagedUpload"),
            **_HOW,
            "releaseBrake": InputField(
                type="Boolean", description="Close them even when they are more than the workspace allows at once; without it, as the preview has it."
            ),
        },
        payload={"fileImport": _FILE_IMPORT, "job": _JOB},
        needs_key=True,
    ),
}
"""Uploading, previewing, applying."""
