"""Media types of request and answer, by the rules of GraphQL over HTTP."""

from dataclasses import dataclass

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class _Range:
    """One element of an Accept header: a media range and how much it is wanted, from 0 (not at all) to 1."""

    media_type: str
    quality: float

    def closeness(self, media_type: str) -> int:
        """How exactly this range names a media type: 0 not at all, 1 `*/*`, 2 `application/*`, 3 by its name."""
        if self.media_type == media_type:
            return 3
        return {"*/*": 1, "application/*": 2}.get(self.media_type, 0)


def choose_media_type(accept: str) -> str | None:
    """The media type of the answer to a request with this Accept header; None when the caller takes neither of the two (406).

    The wanted one wins; where both are wanted alike, the newer one if it is named, otherwise plain JSON, so that callers who
    send no header or `*/*` get what old clients expect.
    """
    ranges = [_parse_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return JSON
    wanted = {media_type: _best(ranges, media_type) for media_type in (GRAPHQL_RESPONSE, JSON)}
    newer, plain = wanted[GRAPHQL_RESPONSE], wanted[JSON]
    if newer.quality <= 0 and plain.quality <= 0:
        return None
    if newer.quality == plain.quality:
        return GRAPHQL_RESPONSE if newer.media_type == GRAPHQL_RESPONSE else JSON
    return GRAPHQL_RESPONSE if newer.quality > plain.quality else JSON


def wants_event_stream(accept: str) -> bool:
    """Whether a request with this Accept header is to be answered by an event stream: it names it, and wants nothing else more."""
    ranges = [_parse_range(part) for part in accept.split(",") if part.strip()]
    stream = max((found.quality for found in ranges if found.media_type == EVENT_STREAM), default=0)
    return stream > 0 and stream >= max(_best(ranges, media_type).quality for media_type in (GRAPHQL_RESPONSE, JSON))


def parse_content_type(header: str) -> tuple[str, str | None]:
    """Media type and charset of a Content-Type header, in lower case; None when it names no charset."""
    media_type, *parameters = (part.strip() for part in header.split(";"))
    named = (parameter.partition("=") for parameter in parameters)
    charset = next((value.strip().strip('"').lower() for name, _, value in named if name.strip().lower() == "charset"), None)
    return media_type.lower(), charset


def _best(ranges: list[_Range], media_type: str) -> _Range:
    """The range that speaks for a media type: the closest one, and of two alike the one that wants it more."""
    found = max(ranges, key=lambda candidate: (candidate.closeness(media_type), candidate.quality))
    return found if found.closeness(media_type) else _Range("", 0)


def _parse_range(part: str) -> _Range:
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    return _Range(media_type, _parse_quality(quality))


def _parse_quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0
    return quality if 0 <= quality <= 1 else 0
