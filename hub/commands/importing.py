"""Commands about files: announcing an upload, looking at what a file would change, and bringing it in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from hub.access.audit import Effect
from hub.commands.command import CommandContext, Outcome
from hub.commands.finding import held
from hub.commands.refusing import told_at
from hub.config import ConnectionSettings
from hub.errors import ConflictError, InputProblem, InputRefusedError, RequestError
from hub.model import FileImport, StagedUpload
from hub.sync.imports.asked import AskedBy, AskedImport, file_options, hand_in, mapping_options
from hub.sync.imports.connection import FILES, import_connection, name_after
from hub.sync.imports.folder import UploadFolder
from hub.sync.imports.staging import MOST_FILES_AT_ONCE, MOST_MAPPING_BYTES, Announced, stage, staged_bytes
from hub.sync.registry import find_connection_row, register, require_running
from hub.vocabulary import ConnectionStatus, FileImportKind, FileImportState, JobStatus, UploadState, UserErrorCode

_LONGEST_FILE_NAME = 255
_LONGEST_SEQUENCE = 200
_MOST_ABSENT = 2**31 - 1
_NOT_IN_NAMES = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_HASH = re.compile(r"[0-9a-f]{64}")
_LASTING = ("upload", "mapping", "mapping_upload", "connection", "since", "sequence", "list_date")

_FIELDS = {"mapping_upload": "mappingUpload", "list_date": "listDate", "close_absent": "closeAbsent", "release_brake": "releaseBrake"}


def announce(context: CommandContext, *, file_name: str, byte_size: int, sha256: str | None = None) -> Outcome:
    """Expect a file: its bytes are then sent to the address in the answer, by the same token."""
    most = context.services.settings.server.upload_bytes
    hexadecimal = None if sha256 is None else sha256.lower()
    problems = _file_problems(file_name, byte_size, hexadecimal, most=most)
    if problems:
        raise InputRefusedError(problems)
    if staged_bytes(context.connection) + byte_size > MOST_FILES_AT_ONCE * most:
        raise ConflictError("too much is uploaded already that has not expired: wait, or have less kept at a time", path=("byteSize",))
    announced = Announced(token_id=context.caller.token_id, by=context.by, file_name=file_name, byte_size=byte_size, sha256=hexadecimal)
    key = stage(context.connection, announced, now=context.now)
    changes = {"fileName": (None, file_name), "byteSize": (None, byte_size), "sha256": (None, hexadecimal)}
    return Outcome(shown={"stagedUpload": key, "url": f"/uploads/{key}", "method": "PUT"}, effects=[Effect("StagedUpload", key, changes)])


def preview(
    context: CommandContext,
    *,
    upload: int,
    mapping: str | None = None,
    mapping_upload: int | None = None,
    connection: str | None = None,
    since: date | None = None,
    sequence: str | None = None,
    list_date: date | None = None,
    close_absent: int | None = None,
    release_brake: bool = False,
) -> Outcome:
    """Have a job find out what a file would change."""
    given = {"upload": upload, "mapping": mapping, "mapping_upload": mapping_upload, "connection": connection}
    days = {"since": since, "sequence": sequence, "list_date": list_date}
    asked, file = _asked(context, given | days, kind=FileImportKind.PREVIEW)
    asked = replace(asked, close_absent=_count(close_absent), is_brake_released=release_brake)
    wanted = _connection(context, asked)
    row = find_connection_row(context.connection, wanted.name)
    return _handed_in(context, replace(asked, connection_id=row and int(row.id)), file)


def apply(
    context: CommandContext,
    *,
    preview: int | None = None,
    upload: int | None = None,
    mapping: str | None = None,
    mapping_upload: int | None = None,
    connection: str | None = None,
    since: date | None = None,
    sequence: str | None = None,
    list_date: date | None = None,
    close_absent: int | None = None,
    release_brake: bool | None = None,
) -> Outcome:
    """Have a job bring a file in: one that was previewed, as it was, or another one."""
    given = {"upload": upload, "mapping": mapping, "mapping_upload": mapping_upload, "connection": connection}
    days = {"since": since, "sequence": sequence, "list_date": list_date}
    if preview is None:
        asked, file = _asked(context, given | days, kind=FileImportKind.APPLY)
    else:
        asked, file = _previewed(context, preview, given | days)
    if close_absent is not None:
        asked = replace(asked, close_absent=_count(close_absent))
    if release_brake is not None:
        asked = replace(asked, is_brake_released=release_brake)
    wanted = _connection(context, asked)
    return _handed_in(context, replace(asked, connection_id=register(context.connection, wanted, now=context.now)), file)


# --- what is asked for ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    """The rows of a file and of the mapping that was uploaded with it; None: the mapping has a name."""

    upload: Any
    mapping: Any


def _asked(context: CommandContext, given: Mapping[str, Any], *, kind: FileImportKind) -> tuple[AskedImport, _File]:
    """An import as the caller describes it; raises InputRefusedError with everything that is wrong in itself."""
    problems = list(_choice_problems(given)) + list(_detail_problems(context, given))
    if problems:
        raise InputRefusedError(problems)
    file = _File(
        _complete_upload(context, given["upload"], "upload"),
        None if given["mapping_upload"] is None else _complete_upload(context, given["mapping_upload"], "mappingUpload"),
    )
    if file.mapping is not None and file.mapping.byte_size > MOST_MAPPING_BYTES:
        raise _refusal("mappingUpload", f"a mapping has at most {MOST_MAPPING_BYTES:,} bytes")
    named_after = given["mapping"] if file.mapping is None else file.mapping.file_name
    asked = AskedImport(
        kind=kind,
        upload_id=given["upload"],
        mapping=given["mapping"],
        mapping_upload_id=given["mapping_upload"],
        connection_name=name_after(named_after) if given["connection"] is None else given["connection"],
        since=given["since"],
        sequence=given["sequence"],
        list_date=given["list_date"],
    )
    return asked, file


def _previewed(context: CommandContext, key: int, given: Mapping[str, Any]) -> tuple[AskedImport, _File]:
    """The import that was previewed, of the same bytes and with the same options."""
    twice = [_FIELDS.get(name, name) for name in _LASTING if given[name] is not None]
    if twice:
        raise InputRefusedError([InputProblem((name,), "a preview says this already: leave it out", UserErrorCode.INVALID) for name in twice])
    found = held(context, FileImport, key, field="preview")
    if found.kind is not FileImportKind.PREVIEW:
        raise _refusal("preview", "this is no preview: it was brought in as it is")
    if found.outcome is not FileImportState.READY:
        text = "the preview has failed" if found.outcome is FileImportState.FAILED else "the preview has not been made yet"
        raise ConflictError(f"{text}: look at it first", path=("preview",))
    names = ("mapping", "mapping_upload_id", "connection_name", "since", "sequence", "list_date", "close_absent", "is_brake_released", "upload_id")
    asked = AskedImport(kind=FileImportKind.APPLY, preview_id=key, **{name: getattr(found, name) for name in names})
    mapping = None if found.mapping_upload_id is None else _complete_upload(context, found.mapping_upload_id, "preview")
    return asked, _File(_complete_upload(context, found.upload_id, "preview"), mapping)


def _complete_upload(context: CommandContext, key: int, field: str) -> Any:  # noqa: ANN401 - a row of the table
    found = held(context, StagedUpload, key, field=field)
    if found.state is UploadState.EXPIRED or found.expires_at <= context.now:
        raise ConflictError(f"the bytes of {found.file_name} are kept for a day only, and that is over: send the file again", path=(field,))
    if found.state is not UploadState.COMPLETE:
        raise ConflictError(f"the bytes of {found.file_name} have not come yet: send them by PUT to /uploads/{key}", path=(field,))
    return found


def _connection(context: CommandContext, asked: AskedImport) -> ConnectionSettings:
    """The connection to import into; raises what keeps a file from being imported into it, naming the input's field."""
    with told_at("connection"):
        wanted = import_connection(context.services.settings, asked.connection_name, {})
        row = find_connection_row(context.connection, wanted.name)
        if row is not None:
            _require_files(row)
            require_running(context.connection, wanted.name)
    return wanted


def _require_files(row: Any) -> None:  # noqa: ANN401 - a row of the table
    if row.status is ConnectionStatus.REMOVED:
        raise ConflictError(f"the connection {row.name!r} was taken out of use: name another one")
    if row.connector != FILES:
        raise RequestError(f"the connection {row.name!r} has rows from the connector {row.connector!r}, not from files: name another one")


def _handed_in(context: CommandContext, asked: AskedImport, file: _File) -> Outcome:
    _refuse_bad_mapping(context, asked, file)
    key, job = hand_in(context.connection, asked, AskedBy(context.caller, context.request_id, context.now))
    changes: dict[str, tuple[object, object]] = {
        "fileName": (None, file.upload.file_name),
        "sha256": (None, file.upload.sha256),
        "mapping": (None, asked.mapping if file.mapping is None else file.mapping.file_name),
        "mappingSha256": (None, None if file.mapping is None else file.mapping.sha256),
        "connection": (None, asked.connection_name),
        "preview": (None, asked.preview_id),
    }
    told = {name: change for name, change in changes.items() if change[1] is not None}
    return Outcome(
        shown={"fileImport": key, "job": job},
        effects=[Effect("FileImport", key, told), Effect("JobRun", job, {"status": (None, JobStatus.QUEUED)})],
    )


def _refuse_bad_mapping(context: CommandContext, asked: AskedImport, file: _File) -> None:
    """Tell everything that is wrong with the mapping, at its field, before anything is handed in."""
    settings = context.services.settings
    folder = UploadFolder(settings.var_directory)
    field = "mapping" if file.mapping is None else "mappingUpload"
    try:
        mapping = mapping_options(folder, asked.mapping, file.mapping)
    except UnicodeDecodeError as error:
        raise _refusal(field, f"the mapping is not UTF-8: byte {error.start} does not belong there") from error
    except OSError as error:
        raise ConflictError("the bytes of the mapping are no longer there: send it again", path=(field,)) from error
    problems = context.services.check_options(FILES, file_options(folder, asked, file.upload, mapping=mapping), settings.directory)
    if problems:
        raise InputRefusedError([InputProblem((field,), problem, UserErrorCode.INVALID) for problem in problems])


# --- what is wrong in itself ----------------------------------------------------------------------


def _refusal(field: str, text: str) -> InputRefusedError:
    return InputRefusedError([InputProblem((field,), text, UserErrorCode.INVALID)])


def _file_problems(name: str, size: int, sha256: str | None, *, most: int) -> list[InputProblem]:
    found: list[InputProblem] = []
    if not 1 <= len(name.strip()) <= len(name) <= _LONGEST_FILE_NAME or _NOT_IN_NAMES.search(name) or not name.strip(". "):
        text = f"the name of a file has from 1 to {_LONGEST_FILE_NAME} characters, no folders, and nothing that cannot be seen"
        found.append(InputProblem(("fileName",), text, UserErrorCode.INVALID))
    if not 1 <= size <= most:
        found.append(InputProblem(("byteSize",), f"a file has from 1 to {most:,} bytes here; hub.upload_megabytes says how many", UserErrorCode.INVALID))
    if sha256 is not None and not _HASH.fullmatch(sha256):
        found.append(InputProblem(("sha256",), "a SHA-256 has 64 hexadecimal digits", UserErrorCode.INVALID))
    return found


def _choice_problems(given: Mapping[str, Any]) -> list[InputProblem]:
    found: list[InputProblem] = []
    if given["upload"] is None:
        found.append(InputProblem(("upload",), "name the file: an upload, or a preview", UserErrorCode.INVALID))
    if (given["mapping"] is None) == (given["mapping_upload"] is None):
        text = "name one mapping: by the name of one that ships with the hub, or as an upload of your own"
        found.append(InputProblem(("mapping",), text, UserErrorCode.INVALID))
    return found


def _detail_problems(context: CommandContext, given: Mapping[str, Any]) -> list[InputProblem]:
    found: list[InputProblem] = []
    if given["since"] is not None and given["since"] > context.services.business_date():
        found.append(InputProblem(("since",), "the day is yet to come", UserErrorCode.INVALID))
    sequence = given["sequence"]
    if sequence is not None and not 1 <= len(sequence.strip()) <= len(sequence) <= _LONGEST_SEQUENCE:
        found.append(InputProblem(("sequence",), f"a sequence has from 1 to {_LONGEST_SEQUENCE} characters", UserErrorCode.INVALID))
    return found


def _count(count: int | None) -> int | None:
    if count is not None and not 0 <= count <= _MOST_ABSENT:
        raise _refusal("closeAbsent", "say how many invoices are absent, as the preview tells")
    return count
