"""Judging one field of a source's payloads: what is known of it against what a sample shows, and the outcome in plain words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from hub.sync.payload_shapes import NULL, FieldSeen
from hub.vocabulary import FieldState, Stream

ENOUGH_TO_MISS = 200
"""A field that was always there is missing when so many payloads lack it; fewer may do so by chance."""

DRIFTED = (FieldState.NEW, FieldState.RETYPED, FieldState.MISSING)
"""States that wait for a person to look at them."""

_TOLD = 8
"""How many changes of one stream are named."""


@dataclass(frozen=True, slots=True)
class KnownField:
    """What is known of a field. `types` are JSON types, further ones at the end; `is_in_every`: since it was first seen, no payload lacked it."""

    types: tuple[str, ...]
    state: FieldState
    is_in_every: bool

    @property
    def value_types(self) -> tuple[str, ...]:
        """The types without null, which says nothing of a field's type."""
        return tuple(kind for kind in self.types if kind != NULL)


@dataclass(frozen=True, slots=True)
class Drift:
    """One field that is not as it was."""

    stream: Stream
    path: str
    field: KnownField


def judge(known: KnownField | None, seen: FieldSeen | None, *, sampled_count: int, is_learning: bool) -> KnownField | None:
    """What is known of a field after a sample of so many payloads; None: nothing, as before.

    `is_learning`: the stream is not yet known as a whole, so nothing about it can be news.
    """
    if seen is None or seen.count == 0:
        is_gone = known is not None and known.is_in_every and sampled_count >= ENOUGH_TO_MISS and not is_learning
        return replace(known, state=FieldState.MISSING) if known is not None and is_gone else known
    is_in_every = seen.count >= sampled_count
    if known is None:
        return KnownField(tuple(sorted(seen.types)), FieldState.KNOWN if is_learning else FieldState.NEW, is_in_every)
    further = tuple(sorted(seen.types.difference(known.types)))
    was_typed = bool(known.value_types)
    state = FieldState.KNOWN if known.state is FieldState.MISSING else known.state
    if was_typed and not is_learning and any(kind != NULL for kind in further):
        state = FieldState.RETYPED
    return KnownField((*known.types, *further), state, known.is_in_every and is_in_every)


def is_news(known: KnownField | None, judged: KnownField) -> bool:
    """Whether a field drifted with this sample."""
    return judged.state in DRIFTED and (known is None or (known.state, known.value_types) != (judged.state, judged.value_types))


def without_followers(drifts: Sequence[Drift]) -> Sequence[Drift]:
    """The drifts without fields that came or went with the object that they stand in."""
    whole = {(drift.stream, drift.path, drift.field.state) for drift in drifts}
    return [drift for drift in drifts if not ("." in drift.path and (drift.stream, drift.path.rpartition(".")[0], drift.field.state) in whole)]


def describe_drift(drifts: Iterable[Drift]) -> str:
    """The drifts in plain words, by stream."""
    ordered = sorted(drifts, key=lambda drift: (drift.stream, drift.path))
    return ". ".join(_describe_stream(stream, list(found)) for stream, found in groupby(ordered, key=lambda drift: drift.stream))


def _describe_stream(stream: Stream, drifts: Sequence[Drift]) -> str:
    told = [_describe(drift) for drift in drifts[:_TOLD]]
    if len(drifts) > _TOLD:
        told.append(f"and {len(drifts) - _TOLD} more")
    return f"{stream.value.lower().replace('_', ' ')}: {'; '.join(told)}"


def _describe(drift: Drift) -> str:
    if drift.field.state is FieldState.NEW:
        return f"the field {drift.path} is new"
    if drift.field.state is FieldState.MISSING:
        return f"the field {drift.path} was always there and is missing"
    *before, last = drift.field.value_types
    return f"the field {drift.path} was {' or '.join(map(_with_article, before))} and is now {_with_article(last)} too"


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
