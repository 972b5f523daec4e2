"""Who may see what: the policy of every field of the API. A field without one stops the build of the schema."""

from collections.abc import Iterable, Mapping

from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema

from hub.access.policy import (
    ADMINS,
    AUDIT_READERS,
    CONNECTION_READERS,
    CONTACT_MANAGERS,
    CUSTOMER_MANAGERS,
    DELETION_APPROVERS,
    EVERYONE_SIGNED_IN,
    EXPORTERS,
    FIGURES_READERS,
    IMPORTERS,
    OPERATORS,
    PUSHERS,
    RECORD_READERS,
    REJECTION_READERS,
    REJECTION_RESOLVERS,
    Policy,
)
from hub.access.principal import Principal
from schema.errors import ErrorCode
from schema.plan.mapping import RowType


def _all(policy: Policy, names: str) -> dict[str, Policy]:
    return dict.fromkeys(names.split(), policy)


POLICIES: Mapping[str, Mapping[str, Policy]] = {
    "Query": _all(EVERYONE_SIGNED_IN, "viewer node nodes")
    | _all(
        RECORD_READERS,
        "customers customer customerByExternalId contacts contact invoices invoice creditNotes creditNote payments payment refunds refund "
        "paymentMethods paymentMethod paymentAttempts paymentAttempt subscriptions subscription search conflicts conflict fieldRules linkSuggestions "
        "linkSuggestion customerMerges",
    )
    | _all(FIGURES_READERS, "receivables mismatches")
    | _all(CONNECTION_READERS, "connectors connections connection connectionTest syncRuns syncRun jobs job schedules schedule connectionNotices")
    | _all(REJECTION_READERS, "rejectedRecords rejectedRecord")
    | _all(IMPORTERS, "fileImports fileImport stagedUpload")
    | _all(AUDIT_READERS, "apiTokens apiToken auditLog")
    | _all(EXPORTERS, "bulkOperations bulkOperation"),
    "Mutation": _all(ADMINS, "apiTokenCreate apiTokenRevoke connectionCreate connectionUpdate connectionDelete")
    | _all(
        OPERATORS,
        "connectionPause connectionResume connectionTest connectionNoticeDismiss syncStart syncCancel entityResync jobRetry jobCancel "
        "schedulePause scheduleResume",
    )
    | _all(DELETION_APPROVERS, "connectionDeletionsApprove")
    | _all(
        CUSTOMER_MANAGERS,
        "customerMerge customerUnmerge customerLink customerUnlink linkSuggestionAccept linkSuggestionDismiss linkSuggestionDismissBulk "
        "overrideSet overrideClear "
        "customerParentSet customerBillToSet conflictDecide conflictDecideBulk fieldRuleClear "
        "customerCreate customerUpdate customerDelete",
    )
    | _all(CONTACT_MANAGERS, "contactCreate contactUpdate contactDelete")
    | _all(REJECTION_RESOLVERS, "rejectedRecordRetry rejectedRecordRetryBulk rejectedRecordDismiss rejectedRecordDismissBulk")
    | _all(PUSHERS, "recordsPush")
    | _all(IMPORTERS, "stagedUploadCreate importPreview importApply")
    | _all(EXPORTERS, "bulkExport bulkOperationCancel"),
    "RecordsPushPayload": _all(PUSHERS, "run results userErrors"),
    **dict.fromkeys(("CustomerCreatePayload", "CustomerUpdatePayload", "CustomerDeletePayload"), _all(CUSTOMER_MANAGERS, "customer userErrors")),
    **dict.fromkeys(("ContactCreatePayload", "ContactUpdatePayload", "ContactDeletePayload"), _all(CONTACT_MANAGERS, "contact userErrors")),
    "BulkExportPayload": _all(EXPORTERS, "bulkOperation userErrors"),
    "BulkOperationCancelPayload": _all(EXPORTERS, "bulkOperation userErrors"),
    "BulkOperation": _all(
        EXPORTERS,
        "id status format query actor reason objectCount byteSize url errorCode problem createdAt startedAt completedAt expiresAt",
    ),
    "CustomerMergePayload": _all(CUSTOMER_MANAGERS, "customer userErrors"),
    "CustomerLinkPayload": _all(CUSTOMER_MANAGERS, "customer userErrors"),
    "CustomerUnlinkPayload": _all(CUSTOMER_MANAGERS, "customer wasIn userErrors"),
    "CustomerUnmergePayload": _all(CUSTOMER_MANAGERS, "customer wasIn userErrors"),
    "LinkSuggestionAcceptPayload": _all(CUSTOMER_MANAGERS, "linkSuggestion customer userErrors"),
    "LinkSuggestionDismissPayload": _all(CUSTOMER_MANAGERS, "linkSuggestion userErrors"),
    "LinkSuggestionDismissBulkPayload": _all(CUSTOMER_MANAGERS, "linkSuggestions userErrors"),
    "OverrideSetPayload": _all(CUSTOMER_MANAGERS, "customer contact invoice userErrors"),
    "OverrideClearPayload": _all(CUSTOMER_MANAGERS, "customer contact invoice userErrors"),
    "CustomerParentSetPayload": _all(CUSTOMER_MANAGERS, "customer userErrors"),
    "CustomerBillToSetPayload": _all(CUSTOMER_MANAGERS, "customer userErrors"),
    "ConflictDecidePayload": _all(CUSTOMER_MANAGERS, "conflict userErrors"),
    "ConflictDecideBulkPayload": _all(CUSTOMER_MANAGERS, "conflicts userErrors"),
    "FieldRuleClearPayload": _all(CUSTOMER_MANAGERS, "userErrors"),
    "ConnectionPausePayload": _all(OPERATORS, "connection userErrors"),
    "ConnectionResumePayload": _all(OPERATORS, "connection userErrors"),
    "ConnectionCreatePayload": _all(ADMINS, "connection userErrors"),
    "ConnectionUpdatePayload": _all(ADMINS, "connection userErrors"),
    "ConnectionDeletePayload": _all(ADMINS, "connection job userErrors"),
    "ConnectionTestPayload": _all(OPERATORS, "connectionTest job userErrors"),
    "ConnectionTest": _all(CONNECTION_READERS, "id connection status problem feeds milliseconds job askedBy askedAt endedAt"),
    "ConnectionNoticeDismissPayload": _all(OPERATORS, "connectionNotice userErrors"),
    "SyncStartPayload": _all(OPERATORS, "job connection userErrors"),
    "SyncCancelPayload": _all(OPERATORS, "syncRun job userErrors"),
    "ConnectionDeletionsApprovePayload": _all(DELETION_APPROVERS, "job connection userErrors"),
    "EntityResyncPayload": _all(OPERATORS, "jobs userErrors"),
    "JobRetryPayload": _all(OPERATORS, "job userErrors"),
    "JobCancelPayload": _all(OPERATORS, "job userErrors"),
    "SchedulePausePayload": _all(OPERATORS, "schedule userErrors"),
    "ScheduleResumePayload": _all(OPERATORS, "schedule userErrors"),
    "RejectedRecordRetryPayload": _all(REJECTION_RESOLVERS, "rejectedRecord job userErrors"),
    "RejectedRecordRetryBulkPayload": _all(REJECTION_RESOLVERS, "rejectedRecords jobs userErrors"),
    "RejectedRecordDismissPayload": _all(REJECTION_RESOLVERS, "rejectedRecord userErrors"),
    "RejectedRecordDismissBulkPayload": _all(REJECTION_RESOLVERS, "rejectedRecords userErrors"),
    "StagedUploadCreatePayload": _all(IMPORTERS, "stagedUpload url method userErrors"),
    "ImportPreviewPayload": _all(IMPORTERS, "fileImport job userErrors"),
    "ImportApplyPayload": _all(IMPORTERS, "fileImport job userErrors"),
    "StagedUpload": _all(IMPORTERS, "id fileName byteSize sha256 state createdBy createdAt completedAt expiresAt"),
    "FileImport": _all(
        IMPORTERS,
        "id kind state error upload mapping mappingUpload connectionName connection preview since sequence listDate closeAbsent releaseBrake job run "
        "result createdBy createdAt endedAt",
    ),
    "FileImportResult": _all(IMPORTERS, "status counts feeds changes rejected notices absent before after"),
    "FileImportChange": _all(IMPORTERS, "entity externalId field before after"),
    "FileImportRejection": _all(IMPORTERS, "stream externalId place field reason"),
    "FileImportNotice": _all(IMPORTERS, "place message"),
    "FileImportFigures": _all(IMPORTERS, "outstanding overdueAmount totalAmountPaid unaccountedPayment unutilisedCredit"),
    "AbsentInvoice": _all(IMPORTERS, "externalId number customer amountDue"),
    "ApiTokenCreatePayload": _all(ADMINS, "apiToken secret userErrors"),
    "ApiTokenRevokePayload": _all(ADMINS, "apiToken userErrors"),
    "PushResult": _all(EVERYONE_SIGNED_IN, "index externalId outcome nodeId"),
    "UserError": _all(EVERYONE_SIGNED_IN, "field message code"),
    "ApiToken": _all(AUDIT_READERS, "id name role createdAt expiresAt revokedAt lastUsedAt"),
    "AuditEntry": _all(AUDIT_READERS, "id actor action subjectType subjectId subject input changes reason requestId doneAt"),
    "AuditValue": _all(AUDIT_READERS, "name value"),
    "AuditChange": _all(AUDIT_READERS, "field before after"),
    "EventSubscription": {"changeEvents": RECORD_READERS, "syncRunEvents": CONNECTION_READERS},
    "ChangeEvent": _all(RECORD_READERS, "cursor happenedAt kind entity nodeId fields actor node") | _all(CONNECTION_READERS, "runId"),
    "SyncRunEvent": _all(CONNECTION_READERS, "cursor happenedAt kind runId feed run"),
    "Customer": _all(
        RECORD_READERS,
        "id name legalName email phone website taxId currency language timeZone addressLines city region postalCode country entityType isBilled "
        "billToPreference paymentTerms paymentTermsDays isAutoCollected financeOwner salesOwner sourceHandling reportedBalances customFields isDeleted "
        "firstSeenAt updatedAt mergedInto merges provenance conflicts parent billTo children segments links contacts invoices creditNotes payments "
        "refunds paymentMethods "
        "paymentAttempts subscriptions hasOpenInvoices",
    )
    | _all(FIGURES_READERS, "health outstandingMismatch"),
    "CustomerHealth": _all(
        FIGURES_READERS,
        "asOf totalAmountPaid totalAmountDue billedAmount overdueAmount outstanding cashReceived openDebits netOverdue netOutstanding unutilisedCredit "
        "unaccountedPayment consolidatedOutstanding consolidatedOverdue overduePercent consolidatedOverduePercent overdueInvoiceCount openInvoiceCount "
        "inferredCount averagePaymentAttempts ageing complete missingRates oldestInvoice oldestOverdue byCurrency "
        "ageingBucket1 ageingBucket2 ageingBucket3 ageingBucket4 ageingBucket5 ageingBucket6 ageingBucket7 ageingBucket8",
    ),
    "CustomerCurrencyHealth": _all(
        FIGURES_READERS,
        "currency totalAmountPaid totalAmountDue billedAmount overdueAmount outstanding cashReceived openDebits unutilisedCredit unaccountedPayment rate",
    ),
    "CustomerLink": _all(RECORD_READERS, "connection kind connected externalId url reason"),
    "CustomerMerge": _all(RECORD_READERS, "id customer into kind evidence actor reason mergedAt unmergedAt unmergedBy"),
    "LinkSuggestion": _all(RECORD_READERS, "id customer other kind score evidence status suggestedAt updatedAt decidedAt decidedBy"),
    "FieldOverride": _all(RECORD_READERS, "id nodeId field value sourceValue reason setBy setAt clearedAt clearedBy"),
    "FieldRule": _all(RECORD_READERS, "id objectType field decision setBy setAt"),
    "FieldConflict": _all(RECORD_READERS, "id nodeId field ours theirs was override status raisedAt decision decidedAt decidedBy")
    | _all(CONNECTION_READERS, "connection"),
    "FieldProvenance": _all(RECORD_READERS, "field source override said"),
    "Evidence": _all(RECORD_READERS, "feature points text"),
    "SourceValue": _all(RECORD_READERS, "connection externalId value"),
    "Segment": _all(RECORD_READERS, "name position isDefault"),
    "Contact": _all(
        RECORD_READERS,
        "id customer name jobTitle email phone mobile language timeZone roles isPrimary customFields references provenance conflicts "
        "isDeleted firstSeenAt updatedAt",
    ),
    "Invoice": _all(
        RECORD_READERS,
        "id customer number documentType status lifecycle sourceStatus sourceHandling currency documentDate dueDate postingDate transactionDate createdOn "
        "voidedOn writtenOffOn purchaseOrderNumber contract location businessUnit total amountPaid amountAdjusted writeOffAmount amountDue converted "
        "sourceBalance mismatch isOpen isOverdue isDisputed daysPastDue nextDueDate lines dueParts settlements paymentAttempts overlays "
        "disputeReason customFields references appearanceOf appearances provenance conflicts isAuthoritative isDeleted firstSeenAt updatedAt",
    ),
    "ConvertedInvoiceAmounts": _all(RECORD_READERS, "total amountPaid amountAdjusted writeOffAmount amountDue rate"),
    "ConversionRate": _all(RECORD_READERS, "rate rateDate rateSource"),
    "InvoiceOverlays": _all(RECORD_READERS, "holds hold disputed arrangement promised pendingPayment scheduledPayment"),
    "InvoiceLine": _all(RECORD_READERS, "position itemName description quantity unitPrice amount"),
    "DuePart": _all(RECORD_READERS, "position dueDate amount amountDue"),
    "Settlement": _all(RECORD_READERS, "kind amount allocated effectiveDate allocationDate dateBasis counts invoice invoiceExternalId payment creditNote"),
    "CreditNote": _all(
        RECORD_READERS,
        "id customer number lifecycle sourceStatus currency documentDate postingDate voidedOn reason location businessUnit total allocated refunded "
        "unutilised convertedTotal convertedUnutilised sourceBalance refunds allocations customFields references isAuthoritative isDeleted "
        "firstSeenAt updatedAt",
    ),
    "Payment": _all(
        RECORD_READERS,
        "id customer state sourceStatus reconciliation origin methodKind reference gateway gatewayTransactionId currency paymentDate reversedOn "
        "reversalBasis memo amount allocated refunded unapplied convertedAmount convertedUnapplied refunds attempts allocations customFields references "
        "isAuthoritative isDeleted firstSeenAt updatedAt",
    ),
    "Refund": _all(
        RECORD_READERS,
        "id customer payment paymentExternalId creditNote creditNoteExternalId state sourceStatus currency refundDate amount reason customFields "
        "references isDeleted firstSeenAt updatedAt",
    ),
    "PaymentMethod": _all(
        RECORD_READERS,
        "id customer kind friendlyName brand lastFour fingerprint expiresOn status isPrimary isBackup references isDeleted firstSeenAt updatedAt",
    ),
    "PaymentAttempt": _all(
        RECORD_READERS,
        "id customer invoice invoiceExternalId invoiceNumber payment paymentMethod kind state sourceStatus methodKind methodFingerprint gateway "
        "gatewayTransactionId currency amount attemptedAt declineReason declineCode dunningStatus nextRetryOn references isDeleted firstSeenAt updatedAt",
    ),
    "Subscription": _all(RECORD_READERS, "id customer plan status sourceStatus startsOn endsOn customFields references isDeleted firstSeenAt updatedAt"),
    "ExternalReference": _all(RECORD_READERS, "stream externalId url isDeletedAtSource sourceUpdatedAt changedAt") | _all(CONNECTION_READERS, "connection"),
    "Connector": _all(CONNECTION_READERS, "name title plugin kinds streams options secrets notThroughApi"),
    "ConnectedSystem": _all(
        CONNECTION_READERS,
        "id name connector kind status statusReason health isDeclared streams syncFromDate createdAt dataAsOf dataAsOfByStream feeds lastRun runs notices "
        "sourceFields tests",
    )
    | _all(AUDIT_READERS, "options secretNames")
    | _all(REJECTION_READERS, "rejectedRecords"),
    "ConnectionHealth": _all(CONNECTION_READERS, "state summary since"),
    "StreamFreshness": _all(CONNECTION_READERS, "stream dataAsOf"),
    "ConnectionNotice": _all(CONNECTION_READERS, "id connection kind subject message isOpen raisedAt lastSeenAt dismissedAt dismissedBy resolvedAt resolvedBy"),
    "SourceField": _all(CONNECTION_READERS, "id stream path types state firstSeenAt lastSeenAt changedAt"),
    "OutstandingMismatch": _all(FIGURES_READERS, "customer currency reported ours difference asOf"),
    "Feed": _all(CONNECTION_READERS, "name sequence streams dataAsOf readingSince problem problemSince updatedAt"),
    "SyncRun": _all(
        CONNECTION_READERS,
        "id connection status trigger startedAt endedAt readCount createdCount updatedCount unchangedCount deletedCount closedCount staleCount "
        "skippedCount waitingCount rejectedCount noticeCount message waitingUntil scope feeds notices",
    )
    | _all(REJECTION_READERS, "rejectedRecords"),
    "SyncScope": _all(CONNECTION_READERS, "streams since isFull"),
    "FeedResult": _all(CONNECTION_READERS, "name held noticeCount absentCount counts"),
    "StreamCount": _all(CONNECTION_READERS, "stream outcome count"),
    "SyncNotice": _all(CONNECTION_READERS, "id feed place field message"),
    "JobRun": _all(CONNECTION_READERS, "id kind key lock status attemptCount connection run createdAt runAt startedAt endedAt error"),
    "Schedule": _all(CONNECTION_READERS, "id name kind connection schedule isEnabled isDeclared lastSlotAt nextSlotAt"),
    "RejectedRecord": _all(
        REJECTION_READERS, "id connection run feed stream externalId place field reason record raw status attemptCount rejectedAt resolvedAt"
    ),
    "Receivables": _all(
        FIGURES_READERS,
        "asOf totalAmountPaid totalAmountDue billedAmount overdueAmount outstanding cashReceived openDebits netOverdue netOutstanding unutilisedCredit "
        "unaccountedPayment overduePercent overdueInvoiceCount openInvoiceCount inferredCount averagePaymentAttempts ageing complete "
        "missingRates historyStarts byCurrency",
    ),
    "HistoryStart": _all(FIGURES_READERS, "connection since"),
    "CurrencyReceivables": _all(
        FIGURES_READERS,
        "currency totalAmountPaid totalAmountDue billedAmount overdueAmount outstanding cashReceived openDebits unutilisedCredit unaccountedPayment",
    ),
    "AgeingBucket": _all(FIGURES_READERS, "label firstDay lastDay amount invoiceCount"),
    "SearchHit": _all(RECORD_READERS, "field text subject"),
    "Viewer": _all(EVERYONE_SIGNED_IN, "name role workspace"),
    "Workspace": _all(EVERYONE_SIGNED_IN, "name baseCurrency timeZone businessDate"),
    "Money": _all(EVERYONE_SIGNED_IN, "amount currency"),
    "CustomField": _all(RECORD_READERS, "name value"),
    "PageInfo": _all(EVERYONE_SIGNED_IN, "hasNextPage hasPreviousPage startCursor endCursor"),
}
"""The policy of each field, and of each filter that is no field, by type. Connections and edges have that of what they list."""

_PLUMBING = ("edges", "nodes", "pageInfo", "totalCount", "node", "cursor")


class UndeclaredPolicyError(Exception):
    """The schema has fields without policy, or policies without field. Whoever adds the field decides who may see it."""


def policy_of(type_name: str, field_name: str) -> Policy | None:
    """The policy of a field or filter; None where there is none, which lets nobody in."""
    if field_name in _PLUMBING and type_name.endswith(("Connection", "Edge")):
        return EVERYONE_SIGNED_IN  # the list itself has been let through before
    return POLICIES.get(type_name, {}).get(field_name)


def require_allowed(principal: Principal, type_name: str, field_name: str, *, path: tuple[str, ...]) -> None:
    """Raise a coded error unless the caller may see a field, or filter or order by it. `path` names where it was asked for."""
    policy = policy_of(type_name, field_name)
    if policy is None or not policy.allows(principal):
        raise refusal(type_name, field_name, path=path)


def refusal(type_name: str, field_name: str, *, path: tuple[str, ...]) -> GraphQLError:
    """The coded error for a caller whose role may not use a field, asked for at `path`."""
    message = f"Your role may not use `{type_name}.{field_name}`."
    return GraphQLError(message, extensions={"code": ErrorCode.FORBIDDEN, "argument": list(path)})


def require_policies(schema: GraphQLSchema, row_types: Iterable[RowType]) -> None:
    """Raise UndeclaredPolicyError unless every field of every type has a policy, and every policy a field."""
    filters = {row_type.name: set(row_type.filters) for row_type in row_types}
    problems: list[str] = []
    for name, kind in schema.type_map.items():
        if not isinstance(kind, GraphQLObjectType) or name.startswith("__"):
            continue
        members = set(kind.fields) | filters.get(name, set())
        problems += [f"{name}.{member} has no policy" for member in sorted(members) if policy_of(name, member) is None]
        problems += [f"{name}.{member} has a policy but does not exist" for member in sorted(set(POLICIES.get(name, {})) - members)]
    problems += [f"type {name} has policies but does not exist" for name in sorted(set(POLICIES) - set(schema.type_map))]
    if problems:
        raise UndeclaredPolicyError("; ".join(problems))
