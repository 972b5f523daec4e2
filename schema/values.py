"""Values of the API that are no rows: money, page information, parts of figures. Each is made where its row is read."""

from datetime import date
from decimal import Decimal
from typing import Any, NewType, Optional

import orjson
import strawberry
from strawberry.types.base import StrawberryList, StrawberryOptional

from hub.money import to_decimal
from schema.enums import VOCABULARY

CurrencyCode = NewType("CurrencyCode", str)
"""An ISO 4217 code, as a type of the API."""

Url = NewType("Url", str)
"""An address, as a type of the API."""


@strawberry.type(description="An exact amount of one currency.")
class Money:
    """An amount in major units, with as many decimals as its currency has."""

    amount: Decimal = strawberry.field(description="The amount in major units, with as many decimals as the currency has.")
    currency: CurrencyCode = strawberry.field(description="The currency of the amount.")

    @staticmethod
    def of(amount_minor: int | None, currency: str | None) -> Optional["Money"]:
        """Money from what a row keeps; None where it keeps no amount."""
        if amount_minor is None or currency is None:
            return None
        return Money.exact(amount_minor, currency)

    @staticmethod
    def exact(amount_minor: int, currency: str) -> "Money":
        """Money from minor units."""
        return Money(amount=to_decimal(amount_minor, currency), currency=CurrencyCode(currency))


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's page information."""

    has_next_page: bool = strawberry.field(description="Whether there are rows after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there are rows before this page; with `after`, the row of that cursor is one.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first row, null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last row, null on an empty page.")


@strawberry.type(name="AgeingBucket", description="The share of outstanding whose days past due lie in one range, both ends included.")
class AgeingBucketValue:
    """One ageing bucket of a customer or of the portfolio."""

    label: str = strawberry.field(description="The range in words: `current`, `1-30`, `91+`.")
    first_day: int | None = strawberry.field(description="The least days past due; null: no lower end.")
    last_day: int | None = strawberry.field(description="The most days past due; null: no upper end.")
    amount: Money | None = strawberry.field(description="The amount due, in the workspace currency; null where a rate is missing.")
    invoice_count: int = strawberry.field(description="How many documents have a part in it.")


@strawberry.type(description="A field that a workspace or source adds to its records.")
class CustomField:
    """One custom value, as text."""

    name: str = strawberry.field(description="The field's name.")
    value: str | None = strawberry.field(description="The value as text; null: the source has the field without a value.")

    @staticmethod
    def list_of(document: dict[str, object] | None) -> list["CustomField"]:
        """The custom values of a row, by name."""
        return [CustomField(name=name, value=None if value is None else _as_text(value)) for name, value in sorted((document or {}).items())]


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@strawberry.type(description="One part of what was asked for.")
class AuditValue:
    """One field of an input, as the audit log keeps it."""

    name: str = strawberry.field(description="The field of the input.")
    value: str | None = strawberry.field(description="What was given, as text; secrets are hidden, and what is long is cut short; null: nothing.")

    @staticmethod
    def list_of(document: dict[str, Any] | None) -> list["AuditValue"]:
        """The fields of an input, by name."""
        return [AuditValue(name=name, value=_audited(value)) for name, value in sorted((document or {}).items())]


@strawberry.type(description="One value that was changed.")
class AuditChange:
    """One field of a row before and after."""

    field: str = strawberry.field(description="What was changed.")
    before: str | None = strawberry.field(description="What it was, as text; null: nothing.")
    after: str | None = strawberry.field(description="What it became, as text; null: nothing.")

    @staticmethod
    def list_of(document: dict[str, Any] | None) -> list["AuditChange"]:
        """The fields that changed, by name."""
        return [AuditChange(field=name, before=_audited(old), after=_audited(new)) for name, (old, new) in sorted((document or {}).items())]


def _audited(value: object) -> str | None:
    """A kept value as text: texts as they are, everything else as JSON."""
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


@strawberry.type(description="How many records of one kind a run met with one outcome.")
class StreamCount:
    """One count of a feed's result."""

    stream: str = strawberry.field(description="The kind of object; `UNKNOWN` for rows that were refused before it could be told.")
    outcome: str = strawberry.field(description="What became of the records: read, created, updated, unchanged, rejected and so on.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="What became of one feed in a run.")
class FeedResult:
    """The result of a feed, as the run kept it."""

    name: str = strawberry.field(description="The feed's name.")
    held: str | None = strawberry.field(description="Why it waits for a person; null: it does not.")
    notice_count: int = strawberry.field(description="Things that a person should know of accepted records.")
    absent_count: int = strawberry.field(description="Open invoices that a full list no longer had.")
    counts: list[StreamCount] = strawberry.field(description="Records by kind and outcome.")

    @staticmethod
    def list_of(document: dict[str, Any] | None) -> list["FeedResult"]:
        """The results in a run's record, by feed."""
        return [
            FeedResult(
                name=name,
                held=kept.get("held"),
                notice_count=kept.get("notices", 0),
                absent_count=kept.get("absent", 0),
                counts=[
                    StreamCount(stream=stream, outcome=outcome, count=count)
                    for stream, counts in kept.get("streams", {}).items()
                    for outcome, count in counts.items()
                ],
            )
            for name, kept in sorted((document or {}).items())
        ]


@strawberry.type(description="What was asked of a run, where it was not everything.")
class SyncScope:
    """The scope of a run, as the run kept it."""

    streams: list[str] | None = strawberry.field(
        description="The kinds of object; null: all.", graphql_type=StrawberryOptional(StrawberryList(VOCABULARY["Stream"]))
    )
    since: date | None = strawberry.field(description="The day from which documents were asked for; null: no such day.")
    is_full: bool = strawberry.field(description="Whether everything was read anew, and not only what had changed.")

    @staticmethod
    def of(document: dict[str, Any] | None) -> Optional["SyncScope"]:
        """The scope in a run's record; None: everything that had changed."""
        if document is None:
            return None
        since = document.get("since")
        return SyncScope(streams=document.get("streams"), since=None if since is None else date.fromisoformat(since), is_full=document.get("full", False))


def list_or_empty(items: list[str] | None) -> list[str]:
    """The items of a JSON list in a row; none where the row has no list."""
    return items or []


@strawberry.type(description="Something that speaks for two customers being one, or against it.")
class Evidence:
    """One piece of evidence of a suggestion or merge."""

    feature: str = strawberry.field(description="What it is about: a name, an e-mail address, an id that a source gives.")
    points: int = strawberry.field(description="How much it says; below zero: against it.")
    text: str = strawberry.field(description="In words.")

    @staticmethod
    def list_of(document: list[dict[str, Any]] | None) -> list["Evidence"]:
        """The evidence as it is kept."""
        return [Evidence(feature=item["feature"], points=item["points"], text=item["text"]) for item in document or []]


@strawberry.type(description="What one source says of a field.")
class SourceValue:
    """One source's value of a field."""

    connection: str = strawberry.field(description="The name of the connection.")
    external_id: str = strawberry.field(description="The object's id there.")
    value: str | None = strawberry.field(description="The value, as JSON; null: it cannot be shown.")

    @staticmethod
    def list_of(document: list[dict[str, Any]] | None) -> list["SourceValue"]:
        """The values as they are kept."""
        return [SourceValue(connection=item["connection"], external_id=item["external_id"], value=item["value"]) for item in document or []]
