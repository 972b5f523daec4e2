"""What a sync run did, or would do, told to people and to machines."""

from collections.abc import Sequence
from typing import Any

import typer

from hub.app import Hub
from hub.cli.opening import ExitCode
from hub.cli.output import amount, camel, decimal_text, print_json, print_table, say
from hub.errors import AuthorisationError, HubError, SourceError
from hub.sync.connection_health import reconnecting
from hub.sync.findings import Noticed, Refused, RunFindings, read_findings
from hub.sync.request import FeedOutcome, SyncReport
from hub.sync.service import Preview
from hub.sync.sweep import Absent
from hub.vocabulary import SyncRunStatus

_SHOWN = 10
_WHAT = ("created", "updated", "unchanged", "deleted", "closed", "stale", "skipped", "waiting", "rejected")
_ALWAYS = ("created", "updated", "unchanged")
_FIGURES = ("outstanding", "overdue", "total_paid", "unaccounted_payment", "unutilised_credit")


def finish(hub: Hub, outcome: SyncReport | Preview, *, title: str, as_json: bool) -> None:
    """Print what a run did, or would do, and leave with the exit code that says so."""
    if as_json:
        print_json(as_document(hub, outcome))
    else:
        print_report(hub, outcome, title=title)
    code = exit_code(_report_of(outcome))
    if code is not ExitCode.DONE:
        raise typer.Exit(code)


def exit_code(report: SyncReport) -> ExitCode:
    """What a run means to the shell."""
    if report.status in (SyncRunStatus.FAILED, SyncRunStatus.CANCELLED):
        return ExitCode.FAILED
    if report.status is SyncRunStatus.HELD:
        return ExitCode.HELD
    return ExitCode.REJECTED if report.total("rejected") else ExitCode.DONE


def print_report(hub: Hub, outcome: SyncReport | Preview, *, title: str) -> None:
    """Counts by feed and stream, what was found, what is held, and for a preview what would change."""
    report = _report_of(outcome)
    _print_counts(report, title)
    findings = _findings(hub, outcome)
    _print_refused(findings.refused, report.total("rejected"), is_preview=isinstance(outcome, Preview))
    _print_noticed(findings.noticed, sum(feed.notice_count for feed in report.feeds))
    for feed in report.feeds:
        _print_held(feed)
    _print_error(report.error)
    if isinstance(outcome, Preview):
        _print_preview(outcome, hub.settings.workspace.base_currency)


def _report_of(outcome: SyncReport | Preview) -> SyncReport:
    return outcome.report if isinstance(outcome, Preview) else outcome


def _findings(hub: Hub, outcome: SyncReport | Preview) -> RunFindings:
    if isinstance(outcome, Preview):
        return outcome.findings
    with hub.store.read() as connection:
        return read_findings(connection, outcome.run_id, limit=_SHOWN)


# --- for people -----------------------------------------------------------------------------------


def _print_counts(report: SyncReport, title: str) -> None:
    shown = [what for what in _WHAT if what in _ALWAYS or report.total(what)]
    rows: list[tuple[object, ...]] = []
    for feed in report.feeds:
        streams = sorted({stream for stream, _ in feed.counts}, key=str)
        rows += [(feed.feed, stream.value.lower() if stream else "unreadable", *(feed.counts.get((stream, what), 0) for what in shown)) for stream in streams]
    if rows:
        heads = [what.capitalize() for what in shown]
        print_table(title, ("Feed", "Records", *heads), rows, right=heads)
    elif report.status is SyncRunStatus.SUCCEEDED:
        say(f"{title}: nothing new")


def _print_refused(refused: Sequence[Refused], count: int, *, is_preview: bool) -> None:
    if not count:
        return
    rows = [(found.place or found.external_id, found.external_id, found.reason) for found in refused[:_SHOWN]]
    verb = "would be" if is_preview else "were"
    print_table(f"{_of(len(rows), count)} records that {verb} rejected", ("Place", "Record", "Reason"), rows)
    kept = "an import keeps them for" if is_preview else "they are kept, see"
    say(f"{count} records {verb} rejected; {kept} `dunwell rejected list`. Mend them where they come from and import again")


def _print_noticed(noticed: Sequence[Noticed], count: int) -> None:
    if noticed:
        rows = [(found.place, found.message) for found in noticed[:_SHOWN]]
        print_table(f"{_of(len(rows), count, 'last')} notices about records that were accepted", ("Place", "Notice"), rows)
    if count > _SHOWN:
        say(f"{count} notices in all: GraphQL has them under syncRuns, notices")


def _of(shown: int, count: int, which: str = "first") -> str:
    return str(count) if shown >= count else f"The {which} {shown} of {count}"


def _print_held(feed: FeedOutcome) -> None:
    if feed.absent:
        rows = [_absent_row(item) for item in feed.absent[:_SHOWN]]
        title = f"{_of(len(rows), len(feed.absent))} open invoices that the list does not name"
        print_table(title, ("Invoice", "Customer", "Amount due", "Currency"), rows, right=("Amount due",))
    if feed.held is not None:
        say(f"held: {feed.held}")


def _absent_row(item: Absent) -> tuple[object, ...]:
    return (item.number or item.external_id, item.customer_name, amount(item.amount_due_minor, item.currency), item.currency)


def _print_error(error: HubError | None) -> None:
    if error is not None:
        say(f"{error.connection} failed: {error}" if isinstance(error, SourceError) else f"failed: {error}")
    if isinstance(error, AuthorisationError):
        say(reconnecting(error.connection))


def _print_preview(preview: Preview, currency: str) -> None:
    if preview.changes:
        rows = [(change.entity.value.lower(), change.external_id, change.field, change.old_value, change.new_value) for change in preview.changes]
        print_table("Some of the fields that would change", ("Object", "Id", "Field", "Now", "Then"), rows)
    rows = [(name.replace("_", " "), *(amount(value, currency) for value in _now_and_then(preview, name))) for name in _FIGURES]
    print_table(f"All receivables, in {currency}", ("Figure", "Now", "Then"), rows, right=("Now", "Then"))


def _now_and_then(preview: Preview, figure: str) -> tuple[int | None, int | None]:
    return getattr(preview.before, f"{figure}_minor"), getattr(preview.after, f"{figure}_minor")


# --- for machines ---------------------------------------------------------------------------------


def as_document(hub: Hub, outcome: SyncReport | Preview) -> dict[str, Any]:
    """What a run did, or would do, as JSON."""
    report, findings = _report_of(outcome), _findings(hub, outcome)
    document: dict[str, Any] = {
        "status": report.status.value,
        "preview": isinstance(outcome, Preview),
        "error": None if report.error is None else str(report.error),
        "feeds": {feed.feed: feed.as_document() for feed in report.feeds},
        "absent": [_absent_document(item) for feed in report.feeds for item in feed.absent],
        "rejected": [_refused_document(found) for found in findings.refused],
        "notices": [{"place": found.place, "message": found.message} for found in findings.noticed],
    }
    return document | _preview_document(outcome, hub.settings.workspace.base_currency) if isinstance(outcome, Preview) else document


def _absent_document(item: Absent) -> dict[str, Any]:
    due = decimal_text(item.amount_due_minor, item.currency)
    return {"externalId": item.external_id, "number": item.number, "customer": item.customer_name, "amountDue": due, "currency": item.currency}


def _refused_document(found: Refused) -> dict[str, Any]:
    return {"stream": found.stream, "externalId": found.external_id, "place": found.place, "field": found.field, "reason": found.reason}


def _preview_document(preview: Preview, currency: str) -> dict[str, Any]:
    changes = [
        {"object": change.entity, "externalId": change.external_id, "field": change.field, "now": change.old_value, "then": change.new_value}
        for change in preview.changes
    ]
    return {"changes": changes, "receivables": {camel(name): _figure_document(preview, name, currency) for name in _FIGURES}}


def _figure_document(preview: Preview, name: str, currency: str) -> dict[str, str | None]:
    now, then = _now_and_then(preview, name)
    return {"now": decimal_text(now, currency), "then": decimal_text(then, currency)}
