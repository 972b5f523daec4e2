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
    RULE_WRITERS,
    Policy,
)
from hub.access.principal import Principal
from schema.errors import ErrorCode
from schema.payload_policy import PAYLOADS, all_of
from schema.plan.mapping import RowType
from schema.rule_policy import RULE_POLICIES

POLICIES: Mapping[str, Mapping[str, Policy]] = {
    **PAYLOADS,
    "Query": all_of(EVERYONE_SIGNED_IN, "viewer node nodes")
    | all_of(
        RECORD_READERS,
        "customers customer customerByExternalId contacts contact invoices invoice creditNotes creditNote payments payment refunds refund "
        "paymentMethods paymentMethod paymentAttempts paymentAttempt subscriptions subscription search conflicts conflict fieldRules linkSuggestions "
        "linkSuggestion customerMerges",
    )
    | all_of(
        FIGURES_READERS,
        "receivables mismatches ruleFields ruleTemplates ruleCheck ruleEvaluateCustomers ruleEvaluateInvoices ruleEvaluateCreditNotes ruleExplain "
        "ruleSets ruleSet",
    )
    | all_of(CONNECTION_READERS, "connectors connections connection connectionTest syncRuns syncRun jobs job schedules schedule connectionNotices")
    | all_of(REJECTION_READERS, "rejectedRecords rejectedRecord")
    | all_of(IMPORTERS, "fileImports fileImport stagedUpload")
    | all_of(AUDIT_READERS, "apiTokens apiToken auditLog")
    | all_of(EXPORTERS, "bulkOperations bulkOperation"),
    "Mutation": all_of(ADMINS, "apiTokenCreate apiTokenRevoke connectionCreate connectionUpdate connectionDelete")
    | all_of(
        OPERATORS,
        "connectionPause connectionResume connectionTest connectionNoticeDismiss syncStart syncCancel entityResync jobRetry jobCancel "
        "schedulePause scheduleResume",
    )
    | all_of(DELETION_APPROVERS, "connectionDeletionsApprove")
    | all_of(
        CUSTOMER_MANAGERS,
        "customerMerge customerUnmerge customerLink customerUnlink linkSuggestionAccept linkSuggestionDismiss linkSuggestionDismissBulk "
        "overrideSet overrideClear "
        "customerParentSet customerBillToSet conflictDecide conflictDecideBulk fieldRuleClear "
        "customerCreate customerUpdate customerDelete",
    )
    | all_of(CONTACT_MANAGERS, "contactCreate contactUpdate contactDelete")
    | all_of(REJECTION_RESOLVERS, "rejectedRecordRetry rejectedRecordRetryBulk rejectedRecordDismiss rejectedRecordDismissBulk")
    | all_of(PUSHERS, "recordsPush")
    | all_of(IMPORTERS, "stagedUploadCreate importPreview importApply")
    | all_of(EXPORTERS, "bulkExport bulkOperationCancel")
    | all_of(RULE_WRITERS, "ruleSetCreate ruleSetUpdate ruleSetDelete ruleSetRestore"),
    "BulkOperation": all_of(
        EXPORTERS,
        "id status format query actor reason objectCount byteSize url errorCode problem createdAt startedAt completedAt expiresAt",
    ),
    "ConnectionTest": all_of(CONNECTION_READERS, "id connection status problem feeds milliseconds job askedBy askedAt endedAt"),
    "StagedUpload": all_of(IMPORTERS, "id fileName byteSize sha256 state createdBy createdAt completedAt expiresAt"),
    "FileImport": all_of(
        IMPORTERS,
        "id kind state error upload mapping mappingUpload connectionName connection preview since sequence listDate closeAbsent releaseBrake job run "
        "result createdBy createdAt endedAt",
    ),
    "FileImportResult": all_of(IMPORTERS, "status counts feeds changes rejected notices absent before after"),
    "FileImportChange": all_of(IMPORTERS, "entity externalId field before after"),
    "FileImportRejection": all_of(IMPORTERS, "stream externalId place field reason"),
    "FileImportNotice": all_of(IMPORTERS, "place message"),
    "FileImportFigures": all_of(IMPORTERS, "outstanding overdueAmount totalAmountPaid unaccountedPayment unutilisedCredit"),
    "AbsentInvoice": all_of(IMPORTERS, "externalId number customer amountDue"),
    "PushResult": all_of(EVERYONE_SIGNED_IN, "index externalId outcome nodeId"),
    "UserError": all_of(EVERYONE_SIGNED_IN, "field message code"),
    "ApiToken": all_of(AUDIT_READERS, "id name role createdAt expiresAt revokedAt lastUsedAt"),
    "AuditEntry": all_of(AUDIT_READERS, "id actor action subjectType subjectId subject input changes reason requestId doneAt"),
    "AuditValue": all_of(AUDIT_READERS, "name value"),
    "AuditChange": all_of(AUDIT_READERS, "field before after"),
    "EventSubscription": {"changeEvents": RECORD_READERS, "syncRunEvents": CONNECTION_READERS},
    "ChangeEvent": all_of(RECORD_READERS, "cursor happenedAt kind entity nodeId fields actor node") | all_of(CONNECTION_READERS, "runId"),
    "SyncRunEvent": all_of(CONNECTION_READERS, "cursor happenedAt kind runId feed run"),
    **RULE_POLICIES,
    "Customer": all_of(
        RECORD_READERS,
        "id name legalName email phone website taxId currency language timeZone addressLines city region postalCode country entityType isBilled "
        "billToPreference paymentTerms paymentTermsDays isAutoCollected financeOwner salesOwner sourceHandling reportedBalances customFields isDeleted "
        "firstSeenAt updatedAt mergedInto merges provenance conflicts parent billTo children segments links contacts invoices creditNotes payments "
        "refunds paymentMethods "
        "paymentAttempts subscriptions hasOpenInvoices",
    )
    | all_of(FIGURES_READERS, "health outstandingMismatch rule ruleSet matchingRuleSets"),
    "CustomerHealth": all_of(
        FIGURES_READERS,
        "asOf totalAmountPaid totalAmountDue billedAmount overdueAmount outstanding cashReceived openDebits netOverdue netOutstanding unutilisedCredit "
        "unaccountedPayment consolidatedOutstanding consolidatedOverdue overduePercent consolidatedOverduePercent overdueInvoiceCount openInvoiceCount "
        "inferredCount averagePaymentAttempts monthlyDso countBackDso paymentRisk paymentRiskReasons paymentRiskProblem ageing complete "
        "missingRates oldestInvoice oldestOverdue byCurrency "
        "ageingBucket1 ageingBucket2 ageingBucket3 ageingBucket4 ageingBucket5 ageingBucket6 ageingBucket7 ageingBucket8",
    ),
    "CustomerCurrencyHealth": all_of(
        FIGURES_READERS,
        "currency totalAmountPaid totalAmountDue billedAmount overdueAmount outstanding cashReceived openDebits unutilisedCredit unaccountedPayment rate",
    ),
    "CustomerLink": all_of(RECORD_READERS, "connection kind connected externalId url reason"),
    "CustomerMerge": all_of(RECORD_READERS, "id customer into kind evidence actor reason mergedAt unmergedAt unmergedBy"),
    "LinkSuggestion": all_of(RECORD_READERS, "id customer other kind score evidence status suggestedAt updatedAt decidedAt decidedBy"),
    "FieldOverride": all_of(RECORD_READERS, "id nodeId field value sourceValue reason setBy setAt clearedAt clearedBy"),
    "FieldRule": all_of(RECORD_READERS, "id objectType field decision setBy setAt"),
    "FieldConflict": all_of(RECORD_READERS, "id nodeId field ours theirs was override status raisedAt decision decidedAt decidedBy")
    | all_of(CONNECTION_READERS, "connection"),
    "FieldProvenance": all_of(RECORD_READERS, "field source override said"),
    "Evidence": all_of(RECORD_READERS, "feature points text"),
    "SourceValue": all_of(RECORD_READERS, "connection externalId value"),
    "Segment": all_of(RECORD_READERS, "name position isDefault"),
    "Contact": all_of(
        RECORD_READERS,
        "id customer name jobTitle email phone mobile language timeZone roles isPrimary customFields references provenance conflicts "
        "isDeleted firstSeenAt updatedAt",
    ),
    "Invoice": all_of(
        RECORD_READERS,
        "id customer number documentType status lifecycle sourceStatus sourceHandling currency documentDate dueDate postingDate transactionDate createdOn "
        "voidedOn writtenOffOn purchaseOrderNumber contract location businessUnit total amountPaid amountAdjusted writeOffAmount amountDue converted "
        "sourceBalance mismatch isOpen isOverdue isDisputed daysPastDue nextDueDate lines dueParts settlements paymentAttempts overlays "
        "disputeReason customFields references appearanceOf appearances provenance conflicts isAuthoritative isDeleted firstSeenAt updatedAt",
    )
    | all_of(FIGURES_READERS, "rule ruleSet matchingRuleSets"),
    "ConvertedInvoiceAmounts": all_of(RECORD_READERS, "total amountPaid amountAdjusted writeOffAmount amountDue rate"),
    "ConversionRate": all_of(RECORD_READERS, "rate rateDate rateSource"),
    "InvoiceOverlays": all_of(RECORD_READERS, "holds hold disputed arrangement promised pendingPayment scheduledPayment"),
    "InvoiceLine": all_of(RECORD_READERS, "position itemName description quantity unitPrice amount"),
    "DuePart": all_of(RECORD_READERS, "position dueDate amount amountDue"),
    "Settlement": all_of(
        RECORD_READERS, "kind amount allocated effectiveDate allocationDate dateBasis counts isPresumed invoice invoiceExternalId payment creditNote"
    ),
    "CreditNote": all_of(
        RECORD_READERS,
        "id customer number lifecycle sourceStatus currency documentDate postingDate voidedOn reason location businessUnit total allocated refunded "
        "unutilised convertedTotal convertedUnutilised sourceBalance refunds allocations customFields references isAuthoritative isDeleted "
        "firstSeenAt updatedAt",
    )
    | all_of(FIGURES_READERS, "rule ruleSet"),
    "Payment": all_of(
        RECORD_READERS,
        "id customer state sourceStatus reconciliation origin methodKind reference gateway gatewayTransactionId currency paymentDate reversedOn "
        "reversalBasis memo amount allocated refunded unapplied convertedAmount convertedUnapplied refunds attempts allocations customFields references "
        "isAuthoritative isDeleted firstSeenAt updatedAt",
    ),
    "Refund": all_of(
        RECORD_READERS,
        "id customer payment paymentExternalId creditNote creditNoteExternalId state sourceStatus currency refundDate amount reason customFields "
        "references isDeleted firstSeenAt updatedAt",
    ),
    "PaymentMethod": all_of(
        RECORD_READERS,
        "id customer kind friendlyName brand lastFour fingerprint expiresOn status isPrimary isBackup references isDeleted firstSeenAt updatedAt",
    ),
    "PaymentAttempt": all_of(
        RECORD_READERS,
        "id customer invoice invoiceExternalId invoiceNumber payment paymentMethod kind state sourceStatus methodKind methodFingerprint gateway "
        "gatewayTransactionId currency amount attemptedAt declineReason declineCode dunningStatus nextRetryOn references isDeleted firstSeenAt updatedAt",
    ),
    "Subscription": all_of(RECORD_READERS, "id customer plan status sourceStatus startsOn endsOn customFields references isDeleted firstSeenAt updatedAt"),
    "ExternalReference": all_of(RECORD_READERS, "stream externalId url isDeletedAtSource sourceUpdatedAt changedAt") | all_of(CONNECTION_READERS, "connection"),
    "Connector": all_of(CONNECTION_READERS, "name title plugin kinds streams options secrets notThroughApi"),
    "ConnectedSystem": all_of(
        CONNECTION_READERS,
        "id name connector kind status statusReason health isDeclared streams syncFromDate createdAt dataAsOf dataAsOfByStream feeds lastRun runs notices "
        "sourceFields tests",
    )
    | all_of(AUDIT_READERS, "options secretNames")
    | all_of(REJECTION_READERS, "rejectedRecords"),
    "ConnectionHealth": all_of(CONNECTION_READERS, "state summary since"),
    "StreamFreshness": all_of(CONNECTION_READERS, "stream dataAsOf"),
    "ConnectionNotice": all_of(
        CONNECTION_READERS, "id connection kind subject message isOpen raisedAt lastSeenAt dismissedAt dismissedBy resolvedAt resolvedBy"
    ),
    "SourceField": all_of(CONNECTION_READERS, "id stream path types state firstSeenAt lastSeenAt changedAt"),
    "OutstandingMismatch": all_of(FIGURES_READERS, "customer currency reported ours difference asOf"),
    "Feed": all_of(CONNECTION_READERS, "name sequence streams dataAsOf readingSince problem problemSince updatedAt"),
    "SyncRun": all_of(
        CONNECTION_READERS,
        "id connection status trigger startedAt endedAt readCount createdCount updatedCount unchangedCount deletedCount closedCount staleCount "
        "skippedCount waitingCount rejectedCount noticeCount message waitingUntil scope feeds notices",
    )
    | all_of(REJECTION_READERS, "rejectedRecords"),
    "SyncScope": all_of(CONNECTION_READERS, "streams since isFull"),
    "FeedResult": all_of(CONNECTION_READERS, "name held noticeCount absentCount counts"),
    "StreamCount": all_of(CONNECTION_READERS, "stream outcome count"),
    "SyncNotice": all_of(CONNECTION_READERS, "id feed place field message"),
    "JobRun": all_of(CONNECTION_READERS, "id kind key lock status attemptCount connection run createdAt runAt startedAt endedAt error"),
    "Schedule": all_of(CONNECTION_READERS, "id name kind connection schedule isEnabled isDeclared lastSlotAt nextSlotAt"),
    "RejectedRecord": all_of(
        REJECTION_READERS, "id connection run feed stream externalId place field reason record raw status attemptCount rejectedAt resolvedAt"
    ),
    "Receivables": all_of(
        FIGURES_READERS,
        "asOf totalAmountPaid totalAmountDue billedAmount overdueAmount outstanding cashReceived openDebits netOverdue netOutstanding unutilisedCredit "
        "unaccountedPayment overduePercent overdueInvoiceCount openInvoiceCount inferredCount averagePaymentAttempts ageing complete "
        "missingRates historyStarts byCurrency",
    ),
    "HistoryStart": all_of(FIGURES_READERS, "connection since"),
    "CurrencyReceivables": all_of(
        FIGURES_READERS,
        "currency totalAmountPaid totalAmountDue billedAmount overdueAmount outstanding cashReceived openDebits unutilisedCredit unaccountedPayment",
    ),
    "AgeingBucket": all_of(FIGURES_READERS, "label firstDay lastDay amount invoiceCount"),
    "SearchHit": all_of(RECORD_READERS, "field text subject"),
    "Viewer": all_of(EVERYONE_SIGNED_IN, "name role workspace"),
    "Workspace": all_of(EVERYONE_SIGNED_IN, "name baseCurrency timeZone businessDate"),
    "Money": all_of(EVERYONE_SIGNED_IN, "amount currency"),
    "CustomField": all_of(RECORD_READERS, "name value"),
    "PageInfo": all_of(EVERYONE_SIGNED_IN, "hasNextPage hasPreviousPage startCursor endCursor"),
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
