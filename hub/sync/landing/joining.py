"""What waits by name for rows of other streams, joined to them when they arrive."""

from collections.abc import Sequence

from hub.sync.context import PageWork
from hub.sync.landing import payment_attempts, refunds
from hub.sync.landing.frame import Landed
from hub.sync.landing.links import Links, join
from hub.vocabulary import Stream

_LINKED: tuple[Links, ...] = tuple(module.LANDING.links for module in (refunds, payment_attempts) if module.LANDING.links is not None)


def join_arrived(work: PageWork, stream: Stream, rows: Sequence[Landed]) -> None:
    """Join everything that named these new rows of a stream before they arrived."""
    join(work, _LINKED, stream, arrived={row.item.external_id: row.entity_id for row in rows})
