"""Values of imports of files: what one would change, what it refuses, and the figures before and after."""

from typing import Any, Optional

import strawberry

from schema.enums import VOCABULARY
from schema.values import FeedResult, Money, StreamCount

Document = dict[str, Any]


@strawberry.type(description="One field of one object that an import would change.")
class FileImportChange:
    """One of the changes that a preview kept."""

    entity: str = strawberry.field(description="The kind of object: INVOICE, CUSTOMER and so on.")
    external_id: str | None = strawberry.field(description="Its id in a source system; null: it has none.")
    field: str = strawberry.field(description="The field.")
    before: str | None = strawberry.field(description="The value now, as JSON; null: none.")
    after: str | None = strawberry.field(description="The value then, as JSON; null: none.")


@strawberry.type(description="A record of a file that is refused.")
class FileImportRejection:
    """One of the refusals that an import kept."""

    stream: str | None = strawberry.field(description="The kind of object; null: it cannot be told.")
    external_id: str | None = strawberry.field(description="Its id in the file; null: it cannot be told.")
    place: str | None = strawberry.field(description="Where it stands: file, line, column.")
    field: str | None = strawberry.field(description="The field at fault; null: the record as a whole.")
    reason: str = strawberry.field(description="Why it is refused.")


@strawberry.type(description="Something that a person should know of a record that is accepted.")
class FileImportNotice:
    """One of the notices that an import kept."""

    place: str | None = strawberry.field(description="Where the record stands; null: it cannot be told.")
    message: str = strawberry.field(description="What to know.")


@strawberry.type(description="An open invoice that a full list does not name.")
class AbsentInvoice:
    """One of the absent invoices that an import kept."""

    external_id: str = strawberry.field(description="Its id in the files.")
    number: str | None = strawberry.field(description="Its number; null: it has none.")
    customer: str = strawberry.field(description="The name of its customer.")
    amount_due: Money = strawberry.field(description="What is due on it.")


@strawberry.type(description="Figures of all customers together, in the workspace currency; null where a rate is missing.")
class FileImportFigures:
    """The portfolio before or after an import."""

    outstanding: Money | None = strawberry.field(description="What is due on open documents.")
    overdue_amount: Money | None = strawberry.field(description="The part of it that fell due before today.")
    total_amount_paid: Money | None = strawberry.field(description="What was paid on documents that are paid in full.")
    unaccounted_payment: Money | None = strawberry.field(description="What of payments is set against nothing.")
    unutilised_credit: Money | None = strawberry.field(description="What of credit notes is set against nothing.")


@strawberry.type(description="What an import did, or would do.")
class FileImportResult:
    """The result that is kept with an import."""

    status: str = strawberry.field(description="How the run ended, or would end.", graphql_type=VOCABULARY["SyncRunStatus"])
    counts: list[StreamCount] = strawberry.field(description="Records by kind and outcome, over all feeds.")
    feeds: list[FeedResult] = strawberry.field(description="What becomes of each feed; `held` says why it waits for a person.")
    changes: list[FileImportChange] = strawberry.field(description="Some of the fields that would change, 20 at most; none once it was done.")
    rejected: list[FileImportRejection] = strawberry.field(description="Some of the records that are refused, 20 at most.")
    notices: list[FileImportNotice] = strawberry.field(description="Some of the things to know of accepted records, 20 at most.")
    absent: list[AbsentInvoice] = strawberry.field(description="Some of the open invoices that a full list does not name, 20 at most.")
    before: FileImportFigures | None = strawberry.field(description="The figures as they were when it was previewed; null once it was done.")
    after: FileImportFigures | None = strawberry.field(description="The figures as they would be; null once it was done.")

    @staticmethod
    def of(kept: Document | None) -> Optional["FileImportResult"]:
        """The result as it is kept; None: there is none."""
        if kept is None:
            return None
        return FileImportResult(
            status=kept["status"],
            counts=_counts(kept["feeds"]),
            feeds=FeedResult.list_of(kept["feeds"]),
            changes=[_change(item) for item in kept.get("changes", [])],
            rejected=[_rejection(item) for item in kept["rejected"]],
            notices=[FileImportNotice(place=item["place"], message=item["message"]) for item in kept["notices"]],
            absent=[_absent(item) for item in kept["absent"]],
            before=_figures(kept.get("before")),
            after=_figures(kept.get("after")),
        )


def _counts(feeds: Document) -> list[StreamCount]:
    totals: dict[tuple[str, str], int] = {}
    for feed in feeds.values():
        for stream, counts in feed["streams"].items():
            for outcome, count in counts.items():
                totals[stream, outcome] = totals.get((stream, outcome), 0) + count
    return [StreamCount(stream=stream, outcome=outcome, count=count) for (stream, outcome), count in sorted(totals.items())]


def _change(item: Document) -> FileImportChange:
    return FileImportChange(entity=item["entity"], external_id=item["externalId"], field=item["field"], before=item["before"], after=item["after"])


def _rejection(item: Document) -> FileImportRejection:
    return FileImportRejection(stream=item["stream"], external_id=item["externalId"], place=item["place"], field=item["field"], reason=item["reason"])


def _absent(item: Document) -> AbsentInvoice:
    due = Money.exact(item["amountDueMinor"], item["currency"])
    return AbsentInvoice(external_id=item["externalId"], number=item["number"], customer=item["customer"], amount_due=due)


def _figures(kept: Document | None) -> FileImportFigures | None:
    if kept is None:
        return None
    amounts = {name: Money.of(kept[name], kept["currency"]) for name in kept if name != "currency"}
    return FileImportFigures(
        outstanding=amounts["outstanding"],
        overdue_amount=amounts["overdue"],
        total_amount_paid=amounts["total_paid"],
        unaccounted_payment=amounts["unaccounted_payment"],
        unutilised_credit=amounts["unutilised_credit"],
    )
