"""Fetching: objects as they are now. One that its source cannot serve keeps no other one away."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from hub.errors import AuthorisationError, RateLimitedError, SourceError, TransientSourceError
from hub.plugins.connector import FetchingSource, Page
from hub.store.bulk import chunks
from hub.sync.answers import Target
from hub.sync.in_time import in_time
from hub.sync.texts import clean
from hub.vocabulary import Stream

FAULTS_IN_A_ROW = 3
"""So many objects that cannot be had one after the other, for reasons that pass, are no fault of the objects: the source is out."""

FETCH_SECONDS = 300.0
"""How long a source may take for some objects. One that needs longer for many is asked for fewer at a time."""

_FETCHED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of asking for objects.

    `failed` says of an object why the source could not serve it. `stopped_by` is the error after which no more was asked for, which
    leaves out the objects that are in `unasked`; None: all were asked for.
    """

    page: Page
    failed: Mapping[Target, str]
    unasked: frozenset[Target]
    stopped_by: SourceError | None


async def fetch_objects(source: FetchingSource, targets: Sequence[Target], *, connection: str, seconds: float) -> Fetched:
    """The objects of all streams in one page. Refused credentials, a source that is asked too much and one that is out end the asking.

    A source that does not answer within `seconds` is taken to hang in one of the objects that it was asked for.
    """

    async def fetch(stream: Stream, names: Sequence[str]) -> Page:
        return await in_time(partial(source.fetch, stream, names), seconds, connection=connection)

    asking = _Asking(fetch)
    stopped_by: SourceError | None = None
    try:
        for stream in Stream:
            for names in chunks([name for found, name in targets if found is stream], _FETCHED_AT_ONCE):
                await asking.ask(stream, names)
    except SourceError as error:
        stopped_by = error
    page = Page(
        records=[record for page in asking.pages for record in page.records],
        cursor=None,
        deletions=[deletion for page in asking.pages for deletion in page.deletions],
        refusals=[refusal for page in asking.pages for refusal in page.refusals],
        notices=[notice for page in asking.pages for notice in page.notices],
    )
    return Fetched(page, asking.failed, frozenset(targets) - asking.served - asking.failed.keys(), stopped_by)


class _Asking:
    """Asks for many objects at once, and where that fails for fewer and fewer, until those that fail stand alone."""

    def __init__(self, fetch: Callable[[Stream, Sequence[str]], Awaitable[Page]]) -> None:
        self._fetch = fetch
        self._faults_in_a_row = 0
        self.pages: list[Page] = []
        self.served: set[Target] = set()
        self.failed: dict[Target, str] = {}

    async def ask(self, stream: Stream, names: Sequence[str]) -> None:
        """Raises SourceError when nothing more should be asked for."""
        try:
            page = await self._fetch(stream, names)
        except (AuthorisationError, RateLimitedError):
            raise
        except SourceError as error:
            if len(names) == 1:
                self._note((stream, names[0]), error)
                return
            middle = len(names) // 2
            await self.ask(stream, names[:middle])
            await self.ask(stream, names[middle:])
        else:
            self.pages.append(page)
            self.served.update((stream, name) for name in names)
            self._faults_in_a_row = 0

    def _note(self, target: Target, error: SourceError) -> None:
        self.failed[target] = clean(str(error))
        if isinstance(error, TransientSourceError):
            self._faults_in_a_row += 1
            if self._faults_in_a_row >= FAULTS_IN_A_ROW:
                raise error
