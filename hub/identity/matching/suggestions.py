"""Suggestions in the store: written, brought up, withdrawn, and decided by people."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import orjson
import sqlalchemy as sa

from hub.errors import ConflictError, NotFoundError
from hub.identity.matching.deciding import Suggested
from hub.identity.matching.pairs import Pair, pair_of
from hub.identity.matching.scoring import MATERIALLY_STRONGER, SUGGESTED_FROM, Evidence
from hub.model import LinkSuggestion, table_of
from hub.store.bulk import insert_rows, instant_form, update_rows
from hub.store.lookup import is_among
from hub.vocabulary import EvidenceFeature, SuggestionKind, SuggestionStatus

SUGGESTIONS = table_of(LinkSuggestion)

_OUTRIGHT = frozenset((EvidenceFeature.CROSS_REFERENCE, EvidenceFeature.HUB_REFERENCE, EvidenceFeature.UPSTREAM_MERGE, EvidenceFeature.TAX_ID))
"""Evidence that is no likeness: when it is new, a pair that was dismissed is shown again."""

_NEW_COLUMNS = ("customer_id", "other_customer_id", "kind", "score", "evidence", "status", "suggested_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A kept suggestion. `decided_score` and `decided_evidence` are what a person saw who has decided; None: nobody has."""

    id: int
    pair: Pair
    kind: SuggestionKind
    score: int
    evidence: tuple[Evidence, ...]
    status: SuggestionStatus
    decided_by: str | None
    decided_score: int | None
    decided_evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """How many suggestions were made or opened again, changed, and withdrawn."""

    opened: int = 0
    changed: int = 0
    withdrawn: int = 0


def read_suggestions(connection: sa.Connection, customer_ids: Iterable[int]) -> dict[Pair, Suggestion]:
    """All suggestions that concern any of some customers, whatever became of them."""
    ids = list(customer_ids)
    first = sa.select(SUGGESTIONS).where(is_among(SUGGESTIONS.c.customer_id, ids))
    second = sa.select(SUGGESTIONS).where(is_among(SUGGESTIONS.c.other_customer_id, ids))
    found = (_suggestion(row) for statement in (first, second) for row in connection.execute(statement))
    return {each.pair: each for each in found}


def open_suggestions(connection: sa.Connection, *, most: int) -> Sequence[Suggestion]:
    """The open suggestions with the highest scores, at most so many; of equal ones the newest."""
    statement = (
        sa.select(SUGGESTIONS).where(SUGGESTIONS.c.status == sa.text("'OPEN'")).order_by(SUGGESTIONS.c.score.desc(), SUGGESTIONS.c.id.desc()).limit(most)
    )
    return [_suggestion(row) for row in connection.execute(statement)]


def write_suggestions(connection: sa.Connection, kept: Mapping[Pair, Suggestion], wanted: Mapping[Pair, Suggested | None], *, now: datetime) -> Written:
    """Bring the suggestions of some pairs to what is wanted now, None for nothing. What is as it was is not written again."""
    at = instant_form(connection.dialect.name)(now)
    new = [
        (*pair, found.kind.stored, found.score, _document(found.evidence), SuggestionStatus.OPEN.stored, at, at) for pair, found in sorted(_new(kept, wanted))
    ]
    insert_rows(connection, SUGGESTIONS, columns=_NEW_COLUMNS, rows=new)
    opened, changed, withdrawn = len(new), 0, 0
    rows: list[tuple[object, ...]] = []
    for pair in kept.keys() & wanted.keys():
        before, found = kept[pair], wanted[pair]
        status = _status(before, found)
        suggested = Suggested(before.kind, before.score, before.evidence) if found is None or status is SuggestionStatus.DISMISSED else found
        if (status, suggested) == (before.status, Suggested(before.kind, before.score, before.evidence)):
            continue
        opened += before.status is not SuggestionStatus.OPEN and status is SuggestionStatus.OPEN
        withdrawn += before.status is SuggestionStatus.OPEN and status is not SuggestionStatus.OPEN
        changed += before.status is status
        rows.append((suggested.kind.stored, suggested.score, _document(suggested.evidence), status.stored, now, before.id))
    update_rows(connection, SUGGESTIONS, columns=("kind", "score", "evidence", "status", "updated_at"), rows=sorted(rows, key=lambda row: cast(int, row[-1])))
    return Written(opened, changed, withdrawn)


def _new(kept: Mapping[Pair, Suggestion], wanted: Mapping[Pair, Suggested | None]) -> Iterable[tuple[Pair, Suggested]]:
    return ((pair, found) for pair, found in wanted.items() if found is not None and pair not in kept)


def _status(before: Suggestion, found: Suggested | None) -> SuggestionStatus:
    """What becomes of a suggestion: what a person has said stands, unless much more speaks for the pair than the person saw."""
    if before.status is SuggestionStatus.ACCEPTED:
        return before.status
    if before.decided_score is not None:
        return SuggestionStatus.OPEN if found is not None and is_materially_stronger(before, found) else SuggestionStatus.DISMISSED
    return SuggestionStatus.WITHDRAWN if found is None else SuggestionStatus.OPEN


def is_materially_stronger(before: Suggestion, found: Suggested) -> bool:
    """Whether so much more speaks for a pair than when a person dismissed it that it is shown again.

    A score that has risen by `MATERIALLY_STRONGER`, or something that a source now says outright: an id elsewhere, our reference, a merge, a tax id.
    """
    said = {each.feature for each in found.evidence} & _OUTRIGHT
    return found.score >= (before.decided_score or 0) + MATERIALLY_STRONGER or bool(said - {each.feature for each in before.decided_evidence})


# --- decided by people ----------------------------------------------------------------------------


def accept_suggestion(connection: sa.Connection, suggestion_id: int, *, by: str, now: datetime) -> Pair:
    """Note that a person says two customers are one, and return them; merging them is the caller's, in the same transaction.

    Raises NotFoundError for no suggestion, ConflictError for one that is not open any more.
    """
    return _decide(connection, suggestion_id, SuggestionStatus.ACCEPTED, by=by, now=now)


def accept_pair(connection: sa.Connection, one: int, other: int, *, by: str, now: datetime) -> None:
    """Note that a person has made two customers one without looking at the suggestion, where there is an open one."""
    kept = read_suggestions(connection, [one]).get(pair_of(one, other))
    if kept is not None and kept.status is SuggestionStatus.OPEN:
        _note(connection, kept, SuggestionStatus.ACCEPTED, by=by, now=now)


def suggest_instead(connection: sa.Connection, pair: Pair, evidence: Sequence[Evidence], *, now: datetime) -> None:
    """Let a person decide on two customers whom a rule found to be one, and who cannot be made one as they stand."""
    found = Suggested(SuggestionKind.AMBIGUOUS_EXACT, min(100, max(SUGGESTED_FROM, sum(each.points for each in evidence))), tuple(evidence))
    kept = read_suggestions(connection, [pair[0]])
    write_suggestions(connection, {pair: kept[pair]} if pair in kept else {}, {pair: found}, now=now)


def dismiss_suggestion(connection: sa.Connection, suggestion_id: int, *, by: str, now: datetime) -> Pair:
    """Note that a person says two customers are two; raises as `accept_suggestion` does."""
    return _decide(connection, suggestion_id, SuggestionStatus.DISMISSED, by=by, now=now)


def keep_apart(connection: sa.Connection, one: int, other: int, *, by: str, now: datetime) -> None:
    """Note that a person says two customers are two, suggested or not, as when they are taken apart again. No rule links them after that."""
    pair = pair_of(one, other)
    kept = read_suggestions(connection, [one]).get(pair)
    if kept is None:
        at = instant_form(connection.dialect.name)(now)
        row = (*pair, SuggestionKind.SAME_CUSTOMER.stored, 0, "[]", SuggestionStatus.DISMISSED.stored, at, at)
        insert_rows(connection, SUGGESTIONS, columns=_NEW_COLUMNS, rows=[row])
        kept = read_suggestions(connection, [one])[pair]
    _note(connection, kept, SuggestionStatus.DISMISSED, by=by, now=now)


def kept_apart(kept: Mapping[Pair, Suggestion]) -> Collection[Pair]:
    """The pairs that a person has ever said are two, shown again or not: no rule links them."""
    return {pair for pair, each in kept.items() if each.decided_score is not None and each.status is not SuggestionStatus.ACCEPTED}


def _decide(connection: sa.Connection, suggestion_id: int, status: SuggestionStatus, *, by: str, now: datetime) -> Pair:
    row = connection.execute(sa.select(SUGGESTIONS).where(SUGGESTIONS.c.id == suggestion_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no suggestion {suggestion_id}")
    kept = _suggestion(row)
    if kept.status is not SuggestionStatus.OPEN:
        raise ConflictError(f"the suggestion is no longer open, it is {kept.status.value}: look at the two customers again")
    _note(connection, kept, status, by=by, now=now)
    return kept.pair


def _note(connection: sa.Connection, kept: Suggestion, status: SuggestionStatus, *, by: str, now: datetime) -> None:
    columns = ("status", "decided_by", "decided_at", "decided_score", "decided_evidence", "updated_at")
    row = (status.stored, by, now, kept.score, _document(kept.evidence), now, kept.id)
    update_rows(connection, SUGGESTIONS, columns=columns, rows=[row])


# --- forms ----------------------------------------------------------------------------------------


def _document(evidence: Iterable[Evidence]) -> str:
    return orjson.dumps([{"feature": each.feature.stored, "points": each.points, "text": each.text} for each in evidence]).decode()


def _evidence(document: object) -> tuple[Evidence, ...]:
    items = cast("list[dict[str, Any]]", document or [])  # what `_document` wrote
    return tuple(Evidence(EvidenceFeature(item["feature"]), item["points"], item["text"]) for item in items)


def _suggestion(row: Any) -> Suggestion:  # noqa: ANN401 - a row of the table
    return Suggestion(
        id=row.id,
        pair=(row.customer_id, row.other_customer_id),
        kind=row.kind,
        score=row.score,
        evidence=_evidence(row.evidence),
        status=row.status,
        decided_by=row.decided_by,
        decided_score=row.decided_score,
        decided_evidence=_evidence(row.decided_evidence),
    )
