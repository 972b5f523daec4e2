"""Objects asked for by their ids: one in which the source hangs keeps no other one away, and a source that always hangs is left alone."""

from collections.abc import Collection, Sequence

import anyio

from hub.errors import TransientSourceError
from hub.plugins.connector import Page
from hub.sync.webhooks.fetching import FAULTS_IN_A_ROW, fetch_objects
from hub.vocabulary import Stream
from tests.sync.records import customer
from tests.sync.webhooks.world import System

NAMES = [f"C{number}" for number in range(10)]
TARGETS = [(Stream.CUSTOMERS, name) for name in NAMES]


class Hanging(System):
    """A system that never answers when it is asked for some of its customers."""

    def __init__(self, hangs_in: Collection[str]) -> None:
        super().__init__([customer(name) for name in NAMES])
        self._hangs_in = frozenset(hangs_in)

    async def fetch(self, stream: Stream, external_ids: Sequence[str]) -> Page:
        if self._hangs_in.intersection(external_ids):
            await anyio.sleep_forever()
        return await super().fetch(stream, external_ids)


async def test_an_object_in_which_the_source_hangs_keeps_no_other_one_away() -> None:
    fetched = await fetch_objects(Hanging(["C3"]), TARGETS, connection="books", seconds=0.02)
    assert {record.external_id for record in fetched.page.records} == {*NAMES} - {"C3"}
    assert list(fetched.failed) == [(Stream.CUSTOMERS, "C3")]
    assert (fetched.unasked, fetched.stopped_by) == (frozenset(), None)


async def test_a_source_that_always_hangs_is_soon_asked_no_more() -> None:
    fetched = await fetch_objects(Hanging(NAMES), TARGETS, connection="books", seconds=0.02)
    assert isinstance(fetched.stopped_by, TransientSourceError)
    assert (len(fetched.failed), len(fetched.unasked)) == (FAULTS_IN_A_ROW, len(NAMES) - FAULTS_IN_A_ROW)
