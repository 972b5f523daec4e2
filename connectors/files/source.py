"""One connection to files, opened: every file is a feed, read in pages of about a thousand rows."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from hashlib import blake2b

from anyio import to_thread

from connectors.files.data_file import DataFile
from connectors.files.findings import FileContractError
from connectors.files.mapping_model import FileMapping
from connectors.files.options import FileSet
from connectors.files.ordering import Standing, standing_of
from connectors.files.readers import open_rows
from connectors.files.reading import FileReading
from connectors.files.rows import Damage
from hub.plugins import Feed, FullOpenList, Page, SourceContractError, Stream

_CHUNK = 1024 * 1024
_LONGEST_LINE = 16  # chunks without a line end


@dataclass(frozen=True, slots=True)
class _OneFile:
    """A file that was found, its mapping, and how it stood when it was found."""

    file: DataFile
    mapping: FileMapping
    standing: Standing
    size: int
    changed_at: float


class FilesSource:
    """Reads the files of one connection."""

    def __init__(self, connection: str, file_sets: Sequence[FileSet]) -> None:
        self._connection = connection
        self._file_sets = file_sets
        self._files: dict[tuple[str, str | None, str | None], _OneFile] = {}
        self._open: set[FileReading] = set()

    async def feeds(self) -> Sequence[Feed]:
        """One feed for each file, in the order of the options, files of one mapping in their declared order.

        Raises SourceContractError when a file is absent, is not what its mapping says, or does not tell its order.
        """
        return await to_thread.run_sync(self._find_feeds)

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
        """Pages of a file after `cursor`. Raises SourceContractError when the file cannot be read on, or is none of `feeds()`."""
        file = self._files.get((feed.name, feed.sequence, feed.content_digest))
        if file is None:
            raise SourceContractError(f"the feed {feed.name!r} is none of those that were found", connection=self._connection, feed=feed.name)
        reading = await to_thread.run_sync(partial(self._start, feed, file, cursor=cursor, since=since))
        try:
            while (page := await to_thread.run_sync(self._next_page, feed, file, reading)) is not None:
                yield page
        finally:
            self._open.discard(reading)
            reading.close()

    async def aclose(self) -> None:
        """Close the files that are still open."""
        while self._open:
            self._open.pop().close()

    # --- in a worker thread -----------------------------------------------------------------------

    def _find_feeds(self) -> list[Feed]:
        found: list[tuple[Feed, int]] = []
        for position, file_set in enumerate(self._file_sets):
            try:
                files = file_set.find()
            except FileNotFoundError as error:
                raise SourceContractError(f"there is no file or folder {error}", connection=self._connection, feed=file_set.mapping.name) from error
            found += [(self._feed(file, file_set), position) for file in files]
        first = {feed.name: position for feed, position in reversed(found)}
        return [feed for feed, _ in sorted(found, key=lambda one: (first[one[0].name], one[0].sequence or ""))]

    def _feed(self, file: DataFile, file_set: FileSet) -> Feed:
        mapping = file_set.mapping
        try:
            standing, row_count = _look_into(file, file_set)
            digest, line_count = _contents(file, mapping)
        except FileContractError as error:
            raise SourceContractError(str(error), connection=self._connection, feed=mapping.name) from error
        full_list = None if standing.list_date is None else FullOpenList(Stream.INVOICES, standing.list_date)
        streams = tuple(stream for stream in Stream if stream in {part.shape.stream for part in mapping.parts})
        expected = (row_count if row_count is not None else max(line_count - 1, 0)) * _records_per_row(mapping)
        feed = Feed(mapping.name, streams, sequence=standing.sequence, content_digest=digest, full_open_list=full_list, expected_count=expected)
        status = file.path.stat()
        self._files[feed.name, feed.sequence, feed.content_digest] = _OneFile(file, mapping, standing, size=status.st_size, changed_at=status.st_mtime)
        return feed

    def _start(self, feed: Feed, file: _OneFile, *, cursor: str | None, since: date | None) -> FileReading:
        try:
            reading = FileReading(file.file, file.mapping, cursor=cursor, since=since, data_as_of=_data_as_of(file))
        except FileContractError as error:
            raise SourceContractError(str(error), connection=self._connection, feed=feed.name) from error
        self._open.add(reading)
        return reading

    def _next_page(self, feed: Feed, file: _OneFile, reading: FileReading) -> Page | None:
        try:
            page = reading.next_page()
        except FileContractError as error:
            raise SourceContractError(str(error), connection=self._connection, feed=feed.name) from error
        status = file.file.path.stat()
        if (status.st_size, status.st_mtime) != (file.size, file.changed_at):
            raise SourceContractError(f"{file.file.name} was changed while it was read: import it again", connection=self._connection, feed=feed.name)
        return page


def _look_into(file: DataFile, file_set: FileSet) -> tuple[Standing, int | None]:
    """Open a file, look at its header and first row, and say where it stands; the row count where the format tells it."""
    rows = open_rows(file, file_set.mapping)
    try:
        first = next((row for _, row in rows.rows() if not isinstance(row, Damage)), None)
        return standing_of(file, file_set.mapping, first, sequence=file_set.sequence, list_date=file_set.list_date), rows.row_count
    finally:
        rows.close()


def _records_per_row(mapping: FileMapping) -> int:
    """For an estimate: parts with conditions share the rows among them, mentions are few."""
    own = [part for part in mapping.parts if not part.is_mention]
    return max(sum(not part.conditions for part in own) + any(part.conditions for part in own), 1)


def _contents(file: DataFile, mapping: FileMapping) -> tuple[str, int]:
    """The digest of the bytes and of what the mapping makes of them, and the number of line ends, in one pass."""
    digest = blake2b(mapping.digest.encode(), digest_size=32)
    line_count = chunks_in_line = 0
    with file.path.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
            ends = chunk.count(b"\n") or chunk.count(b"\r")
            line_count += ends
            chunks_in_line = 0 if ends else chunks_in_line + 1
            if chunks_in_line > _LONGEST_LINE:
                raise FileContractError(f"{file.name} has a line of more than {_LONGEST_LINE} MB: it is no table of text")
    return digest.hexdigest(), line_count


def _data_as_of(file: _OneFile) -> datetime:
    """When the file was written, or the end of its list's day where that is earlier: it cannot know anything later."""
    written = datetime.fromtimestamp(file.changed_at, UTC)
    if file.standing.list_date is None:
        return written
    return min(written, datetime.combine(file.standing.list_date + timedelta(days=1), time(), UTC))
