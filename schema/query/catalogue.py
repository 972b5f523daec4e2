"""All root fields, and the value types that stand below them."""

from collections.abc import Mapping

from schema.import_values import AbsentInvoice, FileImportChange, FileImportFigures, FileImportNotice, FileImportRejection, FileImportResult
from schema.mutation.values import PushResultValue, UserErrorValue
from schema.query.lists import LISTS, LOOKUPS
from schema.query.nodes import NODES
from schema.query.receivables import RECEIVABLES
from schema.query.receivables_types import CurrencyReceivables, HistoryStart, Receivables
from schema.query.root import RootField
from schema.query.rules import RULES
from schema.query.search import SEARCH
from schema.query.viewer import HUB, Connector, Viewer, Workspace
from schema.rule_values import RULE_VALUES
from schema.values import AgeingBucketValue, AuditChange, AuditValue, CustomField, Evidence, FeedResult, SourceValue, StreamCount, SyncScope

ROOT_FIELDS: Mapping[str, RootField] = {**HUB, **NODES, **LISTS, **LOOKUPS, **SEARCH, **RECEIVABLES, **RULES}
"""Every field of the query type."""

VALUE_TYPES: Mapping[str, type] = {
    "AbsentInvoice": AbsentInvoice,
    "AgeingBucket": AgeingBucketValue,
    "AuditChange": AuditChange,
    "AuditValue": AuditValue,
    "Connector": Connector,
    "CurrencyReceivables": CurrencyReceivables,
    "CustomField": CustomField,
    "FeedResult": FeedResult,
    "Evidence": Evidence,
    "FileImportChange": FileImportChange,
    "FileImportFigures": FileImportFigures,
    "FileImportNotice": FileImportNotice,
    "FileImportRejection": FileImportRejection,
    "FileImportResult": FileImportResult,
    "HistoryStart": HistoryStart,
    "PushResult": PushResultValue,
    "Receivables": Receivables,
    **RULE_VALUES,
    "SourceValue": SourceValue,
    "StreamCount": StreamCount,
    "SyncScope": SyncScope,
    "UserError": UserErrorValue,
    "Viewer": Viewer,
    "Workspace": Workspace,
}
"""Types whose objects are no rows, by name."""
