"""What an import did, or would do, as the JSON that is kept with it. Amounts are minor units of the currency beside them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from hub.health.figures import PortfolioFigures
from hub.model import Event, SyncRun, table_of
from hub.sync.findings import Refused, RunFindings, read_findings
from hub.sync.request import FeedOutcome, SyncReport
from hub.sync.run_log import RUN_PAGE
from hub.sync.service import Preview

MOST_LISTED = 20
"""How many changes, refusals, notices and absent invoices are kept; the counts tell of all."""

FIGURES = ("outstanding", "overdue", "total_paid", "unaccounted_payment", "unutilised_credit")

_RUNS = table_of(SyncRun)
_EVENTS = table_of(Event)

Document = dict[str, Any]


def preview_document(preview: Preview) -> Document:
    """What an import would do."""
    changes = [
        {"entity": change.entity.stored, "externalId": change.external_id, "field": change.field, "before": change.old_value, "after": change.new_value}
        for change in preview.changes
    ]
    feeds = {feed.feed: feed.as_document() for feed in preview.report.feeds}
    figures = {"before": _figures(preview.before), "after": _figures(preview.after)}
    return _report(preview.report, feeds, [preview.findings]) | figures | {"changes": changes}


def import_document(connection: sa.Connection, report: SyncReport, job_id: int) -> Document:
    """What an import did, over all runs of its job: one that died has its part in it."""
    runs = connection.execute(sa.select(_RUNS.c.id, _RUNS.c.feeds).where(_RUNS.c.job_run_id == job_id).order_by(_RUNS.c.id)).all()
    feeds = _together([_feeds_of(connection, run.id, run.feeds) for run in runs])
    return _report(report, feeds, [read_findings(connection, run.id, limit=MOST_LISTED) for run in runs])


def counts_of(result: Mapping[str, Any]) -> dict[str, int]:
    """How many records met with each outcome, over all feeds."""
    totals: Counter[str] = Counter()
    for feed in result["feeds"].values():
        for counts in feed["streams"].values():
            totals.update(counts)
    return dict(totals)


def _report(report: SyncReport, feeds: Document, findings: Sequence[RunFindings]) -> Document:
    refused = [found for one in findings for found in one.refused]
    noticed = [found for one in findings for found in one.noticed]
    return {
        "status": report.status.stored,
        "feeds": feeds,
        "absent": _absent(report.feeds),
        "rejected": [_rejected(found) for found in refused[:MOST_LISTED]],
        "notices": [{"place": found.place, "message": found.message} for found in noticed[:MOST_LISTED]],
    }


def _rejected(found: Refused) -> Document:
    stream = None if found.stream is None else found.stream.stored
    return {"stream": stream, "externalId": found.external_id, "place": found.place, "field": found.field, "reason": found.reason}


def _feeds_of(connection: sa.Connection, run_id: int, ended: Document | None) -> Document:
    """What became of the feeds in one run: as it ended, and for what was cut off as its last page left it."""
    pages = sa.select(_EVENTS.c.payload).where(_EVENTS.c.kind == RUN_PAGE, _EVENTS.c.run_id == run_id).order_by(_EVENTS.c.id)
    found: Document = {}
    for payload in connection.execute(pages).scalars():
        found |= payload or {}
    return found | (ended or {})


def _together(runs: Sequence[Document]) -> Document:
    """The feeds of several runs: counts are added up, what is held or absent is as the last one says."""
    total: Document = {}
    for feeds in runs:
        for name, feed in feeds.items():
            before = total.get(name, {"streams": {}, "notices": 0})
            total[name] = feed | {"streams": _added(before["streams"], feed["streams"]), "notices": before["notices"] + feed["notices"]}
    return total


def _added(first: Mapping[str, Mapping[str, int]], second: Mapping[str, Mapping[str, int]]) -> Document:
    return {stream: dict(Counter(first.get(stream, {})) + Counter(second.get(stream, {}))) for stream in sorted({*first, *second})}


def _figures(figures: PortfolioFigures) -> Document:
    return {"currency": figures.base_currency} | {name: getattr(figures, f"{name}_minor") for name in FIGURES}


def _absent(feeds: Sequence[FeedOutcome]) -> list[Document]:
    return [
        {
            "externalId": item.external_id,
            "number": item.number,
            "customer": item.customer_name,
            "amountDueMinor": item.amount_due_minor,
            "currency": item.currency,
        }
        for feed in feeds
        for item in feed.absent
    ][:MOST_LISTED]
