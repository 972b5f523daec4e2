"""An input for every mutation with which it has an effect, so that what holds for all of them can be shown of each."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from hub.model import (
    ApiToken,
    BulkOperation,
    ConnectionNotice,
    Customer,
    CustomerMerge,
    ExternalReference,
    FieldConflict,
    FieldOverride,
    FieldRule,
    JobRun,
    LinkSuggestion,
    RuleSet,
    RuleSetVersion,
    Schedule,
    SourceRecord,
    StagedUpload,
    table_of,
)
from hub.plugins.records import CustomerRecord
from hub.sync.codec import encode
from hub.vocabulary import (
    ConflictDecision,
    ConflictStatus,
    ConnectionKind,
    ConnectionStatus,
    Entity,
    ExportFormat,
    JobStatus,
    MergeKind,
    NoticeKind,
    Role,
    RuleLevel,
    SuggestionKind,
    SuggestionStatus,
    UploadState,
)
from schema.ids import encode_id
from tests.schema.hub import NOW, Hub

Input = dict[str, Any]


def token(hub: Hub, **values: object) -> str:
    """A token that nobody can use, since nobody knows its secret."""
    number = len(hub.rows(ApiToken))
    given: dict[str, object] = {"name": "till", "role": Role.FINANCE, "token_hash": number.to_bytes(32), "created_at": NOW}
    return encode_id("ApiToken", hub.insert(ApiToken, **given | values))


def rule_set(hub: Hub, *, name: str = "Late payers", level: RuleLevel = RuleLevel.CUSTOMER, rule: str = "overdue > 0 base", is_deleted: bool = False) -> str:
    """A rule set of one version."""
    values = {"name": name, "rule": rule, "version": 1}
    row = {"folded_name": name.casefold(), "level": level, "is_deleted": is_deleted, "created_by": "ida", "created_at": NOW, "updated_at": NOW}
    key = hub.insert(RuleSet, **values, **row)
    hub.insert(RuleSetVersion, **values, rule_set_id=key, made_by="ida", made_at=NOW)
    return encode_id("RuleSet", key)


def books(hub: Hub) -> str:
    """The one connection."""
    return encode_id("ConnectedSystem", hub.connection_id)


def till(hub: Hub) -> str:
    """The connection that is pushed to."""
    return encode_id("ConnectedSystem", hub.connection("till", connector="api", kind=ConnectionKind.API))


def job(hub: Hub, status: JobStatus, **values: object) -> int:
    """A job of the connection."""
    number = len(hub.rows(JobRun))
    given: dict[str, object] = {"kind": "sync", "unique_key": f"sync:{number}", "status": status, "connection_id": hub.connection_id}
    return hub.insert(JobRun, **given | {"created_at": NOW, "run_at": NOW} | values)


def job_id(hub: Hub, status: JobStatus, **values: object) -> str:
    """Its id in the API."""
    return encode_id("JobRun", job(hub, status, **values))


def made(hub: Hub, name: str = "shop", **values: object) -> int:
    """A connection that was made through the API."""
    given: dict[str, object] = {"connector": "shop", "kind": ConnectionKind.BILLING, "is_declared": False, "options": {"company": "north"}, "secrets": {}}
    return hub.connection(name, **given | values)


def made_id(hub: Hub, name: str = "shop", **values: object) -> str:
    """Its id in the API."""
    return encode_id("ConnectedSystem", made(hub, name, **values))


SHOP: Input = {
    "name": "shop",
    "connector": "shop",
    "kind": "BILLING",
    "options": {"company": "north"},
    "secrets": [{"name": "api_key", "value": "open sesame"}],
    "streams": ["CUSTOMERS", "INVOICES"],
    "syncFromDate": "2026-01-01",
    "schedule": "every 15 minutes",
}


def schedule(hub: Hub, **values: object) -> str:
    """The schedule of the connection, every 15 minutes."""
    given: dict[str, object] = {"name": "books", "kind": "sync", "connection_id": hub.connection_id, "interval_seconds": 900, "next_slot_at": NOW}
    return encode_id("Schedule", hub.insert(Schedule, **given | values))


def notice(hub: Hub, **values: object) -> str:
    """A notice of the connection."""
    given: dict[str, object] = {"connection_id": hub.connection_id, "kind": NoticeKind.SYNC_FAILED, "message": "no answer"}
    return encode_id("ConnectionNotice", hub.insert(ConnectionNotice, **given | {"raised_at": NOW, "last_seen_at": NOW} | values))


def rejected(hub: Hub, **values: object) -> str:
    """A rejected record that was mapped."""
    return encode_id("RejectedRecord", hub.rejected(hub.run(), **{"record": "{}"} | values))


def known_customer(hub: Hub) -> str:
    """A customer that the connection knows."""
    customer = hub.customer("Acme")
    hub.reference(Entity.CUSTOMER, customer, "C1")
    return encode_id("Customer", customer)


def customer_of_source(hub: Hub, name: str = "Acme", external_id: str = "C1", **values: object) -> int:
    """A customer that the connection has delivered, with what it said."""
    customer = hub.customer(name, **values)
    reference = hub.reference(Entity.CUSTOMER, customer, external_id)
    hub.insert(SourceRecord, reference_id=reference, record=encode(CustomerRecord(external_id=external_id, name=name)).decode())
    return customer


def pair(hub: Hub) -> tuple[str, str]:
    """Two customers that are not one."""
    one, other = customer_of_source(hub, "Acme", "C1"), customer_of_source(hub, "ACME Ltd", "C2")
    return encode_id("Customer", one), encode_id("Customer", other)


def merged(hub: Hub) -> str:
    """A customer that was merged into another."""
    one, other = customer_of_source(hub, "Acme", "C1"), customer_of_source(hub, "ACME Ltd", "C2")
    hub.insert(CustomerMerge, customer_id=other, into_id=one, kind=MergeKind.BY_HAND, merged_at=NOW)
    with hub.store.write() as connection:
        table, references = table_of(Customer), table_of(ExternalReference)
        connection.execute(sa.update(table).where(table.c.id == other).values(merged_into_id=one, is_deleted=True))
        connection.execute(sa.update(references).where(references.c.entity_id == other).values(entity_id=one, home_id=other))
    return encode_id("Customer", other)


def suggestion(hub: Hub, first: int = 1) -> str:
    """Two customers that may be one."""
    one, other = customer_of_source(hub, "Acme", f"C{first}"), customer_of_source(hub, "ACME Ltd", f"C{first + 1}")
    values: Input = {"kind": SuggestionKind.SAME_CUSTOMER, "score": 80, "evidence": [], "status": SuggestionStatus.OPEN, "suggested_at": NOW, "updated_at": NOW}
    return encode_id("LinkSuggestion", hub.insert(LinkSuggestion, customer_id=one, other_customer_id=other, **values))


def _overridden(hub: Hub) -> tuple[int, int]:
    customer = customer_of_source(hub)
    values = {"field": "name", "value": '"Ours"', "source_value": '"Before"', "set_by": "ana", "set_at": NOW}
    return customer, hub.insert(FieldOverride, entity=Entity.CUSTOMER, entity_id=customer, **values)


def conflict(hub: Hub) -> str:
    """A name over which ours stands and that the source has changed."""
    customer, override = _overridden(hub)
    values = {"entity": Entity.CUSTOMER, "entity_id": customer, "field": "name", "ours": '"Ours"', "theirs": '"Acme"', "was": '"Before"'}
    given = {"override_id": override, "status": ConflictStatus.OPEN, "raised_at": NOW, "connection_id": hub.connection_id}
    return encode_id("FieldConflict", hub.insert(FieldConflict, **values, **given))


def field_rule(hub: Hub) -> str:
    """What is decided of names for every time."""
    values = {"entity": Entity.CUSTOMER, "field": "name", "decision": ConflictDecision.ALWAYS_OURS, "set_by": "ana", "set_at": NOW}
    return encode_id("FieldRule", hub.insert(FieldRule, **values))


def entered_customer(hub: Hub) -> str:
    """A customer that somebody has entered."""
    found: str = hub.done("customerCreate", {"name": "Acme", "idempotencyKey": "acme"}, select="customer { id }")["customer"]["id"]
    hub.forget_audit()
    return found


def entered_contact(hub: Hub) -> str:
    """A contact that somebody has entered."""
    given = {"customer": encode_id("Customer", customer_of_source(hub)), "name": "Ana", "idempotencyKey": "ana"}
    found: str = hub.done("contactCreate", given, select="contact { id }")["contact"]["id"]
    hub.forget_audit()
    return found


def upload(hub: Hub, **values: object) -> str:
    """A file whose bytes have come."""
    given: dict[str, object] = {"token_id": 1, "created_by": "ada", "file_name": "open.csv", "byte_size": 7, "sha256": "0" * 64}
    complete = {"state": UploadState.COMPLETE, "created_at": NOW, "completed_at": NOW, "expires_at": NOW + timedelta(days=1)}
    return encode_id("StagedUpload", hub.insert(StagedUpload, **given | complete | values))


def export(hub: Hub, **values: object) -> str:
    """An export of the token that the others ask with."""
    job_id = job(hub, JobStatus.QUEUED, kind="export", connection_id=None)
    given: dict[str, object] = {"token_id": 1, "actor": "ada", "role": Role.ADMIN, "query": "{ invoices { nodes { id } } }", "format": ExportFormat.JSONL}
    return encode_id("BulkOperation", hub.insert(BulkOperation, **given | {"request_id": "request", "created_at": NOW, "job_run_id": job_id} | values))


def _linked(hub: Hub) -> Input:
    merged(hub)
    return {"connection": books(hub), "externalId": "C2"}


def _paused(hub: Hub) -> Input:
    shop = hub.connection("shop", status=ConnectionStatus.PAUSED, status_reason="moving")
    return {"id": encode_id("ConnectedSystem", shop)}


def _running(hub: Hub) -> Input:
    return {"id": encode_id("SyncRun", hub.run(job_run_id=job(hub, JobStatus.RUNNING)))}


EXAMPLES: Mapping[str, Callable[[Hub], Input]] = {
    "apiTokenCreate": lambda _hub: {"name": "till", "role": "FINANCE", "expiresAt": (NOW + timedelta(days=1)).isoformat()},
    "apiTokenRevoke": lambda hub: {"id": token(hub)},
    "connectionPause": lambda hub: {"id": books(hub)},
    "connectionResume": _paused,
    "connectionNoticeDismiss": lambda hub: {"id": notice(hub)},
    "syncStart": lambda hub: {"connection": books(hub)},
    "syncCancel": _running,
    "connectionDeletionsApprove": lambda hub: {"connection": books(hub), "count": 12},
    "entityResync": lambda hub: {"id": known_customer(hub)},
    "connectionCreate": lambda _hub: SHOP,
    "connectionUpdate": lambda hub: {"id": made_id(hub), "schedule": "every 2 hours"},
    "connectionDelete": lambda hub: {"id": made_id(hub), "records": "DELETE"},
    "connectionTest": lambda hub: {"id": books(hub)},
    "jobRetry": lambda hub: {"id": job_id(hub, JobStatus.DEAD)},
    "jobCancel": lambda hub: {"id": job_id(hub, JobStatus.QUEUED)},
    "schedulePause": lambda hub: {"id": schedule(hub)},
    "scheduleResume": lambda hub: {"id": schedule(hub, is_enabled=False)},
    "customerMerge": lambda hub: dict(zip(("customer", "into"), pair(hub), strict=True)),
    "customerUnmerge": lambda hub: {"customer": merged(hub)},
    "customerLink": lambda hub: {"customer": pair(hub)[0], "connection": books(hub), "externalId": "C2"},
    "customerUnlink": _linked,
    "linkSuggestionAccept": lambda hub: {"id": suggestion(hub)},
    "linkSuggestionDismiss": lambda hub: {"id": suggestion(hub)},
    "linkSuggestionDismissBulk": lambda hub: {"ids": [suggestion(hub), suggestion(hub, 3)]},
    "overrideSet": lambda hub: {"id": encode_id("Customer", customer_of_source(hub)), "field": "legalName", "value": '"Acme Limited"'},
    "overrideClear": lambda hub: {"id": encode_id("Customer", _overridden(hub)[0]), "field": "name"},
    "customerParentSet": lambda hub: dict(zip(("customer", "parent"), pair(hub), strict=True)),
    "customerBillToSet": lambda hub: {"customer": pair(hub)[0], "preference": "TOP_PARENT"},
    "conflictDecide": lambda hub: {"id": conflict(hub), "decision": "TAKE_THEIRS"},
    "conflictDecideBulk": lambda hub: {"ids": [conflict(hub)], "decision": "ALWAYS_THEIRS"},
    "fieldRuleClear": lambda hub: {"id": field_rule(hub)},
    "customerCreate": lambda _hub: {"name": "Acme", "email": "ap@acme.example"},
    "customerUpdate": lambda hub: {"id": encode_id("Customer", customer_of_source(hub)), "phone": "+44 20 7946 0000"},
    "customerDelete": lambda hub: {"id": entered_customer(hub)},
    "contactCreate": lambda hub: {"customer": encode_id("Customer", customer_of_source(hub)), "name": "Ana", "email": "ana@acme.example"},
    "contactUpdate": lambda hub: {"id": entered_contact(hub), "mobile": "+44 7700 900000"},
    "contactDelete": lambda hub: {"id": entered_contact(hub)},
    "rejectedRecordRetry": lambda hub: {"id": rejected(hub)},
    "rejectedRecordRetryBulk": lambda hub: {"ids": [rejected(hub), rejected(hub)]},
    "rejectedRecordDismiss": lambda hub: {"id": rejected(hub)},
    "rejectedRecordDismissBulk": lambda hub: {"ids": [rejected(hub), rejected(hub)]},
    "recordsPush": lambda hub: {"connection": till(hub), "records": [{"customer": {"externalId": "C1", "name": "Ida"}}]},
    "stagedUploadCreate": lambda _hub: {"fileName": "open.csv", "byteSize": 7},
    "importPreview": lambda hub: {"upload": upload(hub), "mapping": "open-invoices"},
    "importApply": lambda hub: {"upload": upload(hub), "mapping": "open-invoices"},
    "bulkExport": lambda _hub: {"query": "{ invoices { nodes { id } } }"},
    "bulkOperationCancel": lambda hub: {"id": export(hub)},
    "ruleSetCreate": lambda _hub: {"name": "Late payers", "level": "CUSTOMER", "rule": {"text": "overdue > 500 base"}},
    "ruleSetUpdate": lambda hub: {"id": rule_set(hub), "rule": {"document": {"not": {"compare": {"field": "overdue", "operator": "IS_SET", "values": []}}}}},
    "ruleSetDelete": lambda hub: {"id": rule_set(hub)},
    "ruleSetRestore": lambda hub: {"id": rule_set(hub, is_deleted=True)},
}
