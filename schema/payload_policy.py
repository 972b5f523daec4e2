"""Who may see what of the payloads of mutations: whoever may do one sees all of its answer."""

from collections.abc import Mapping

from hub.access.policy import (
    ADMINS,
    CONTACT_MANAGERS,
    CUSTOMER_MANAGERS,
    DELETION_APPROVERS,
    EXPORTERS,
    IMPORTERS,
    OPERATORS,
    PUSHERS,
    REJECTION_RESOLVERS,
    RULE_WRITERS,
    Policy,
)


def all_of(policy: Policy, names: str) -> dict[str, Policy]:
    """One policy for several fields, whose names are separated by blanks."""
    return dict.fromkeys(names.split(), policy)


PAYLOADS: Mapping[str, Mapping[str, Policy]] = {
    "RecordsPushPayload": all_of(PUSHERS, "run job results userErrors"),
    **dict.fromkeys(("CustomerCreatePayload", "CustomerUpdatePayload", "CustomerDeletePayload"), all_of(CUSTOMER_MANAGERS, "customer userErrors")),
    **dict.fromkeys(("ContactCreatePayload", "ContactUpdatePayload", "ContactDeletePayload"), all_of(CONTACT_MANAGERS, "contact userErrors")),
    **dict.fromkeys((f"RuleSet{verb}Payload" for verb in ("Create", "Update", "Delete", "Restore")), all_of(RULE_WRITERS, "ruleSet userErrors")),
    "BulkExportPayload": all_of(EXPORTERS, "bulkOperation userErrors"),
    "BulkOperationCancelPayload": all_of(EXPORTERS, "bulkOperation userErrors"),
    "CustomerMergePayload": all_of(CUSTOMER_MANAGERS, "customer userErrors"),
    "CustomerLinkPayload": all_of(CUSTOMER_MANAGERS, "customer userErrors"),
    "CustomerUnlinkPayload": all_of(CUSTOMER_MANAGERS, "customer wasIn userErrors"),
    "CustomerUnmergePayload": all_of(CUSTOMER_MANAGERS, "customer wasIn userErrors"),
    "LinkSuggestionAcceptPayload": all_of(CUSTOMER_MANAGERS, "linkSuggestion customer userErrors"),
    "LinkSuggestionDismissPayload": all_of(CUSTOMER_MANAGERS, "linkSuggestion userErrors"),
    "LinkSuggestionDismissBulkPayload": all_of(CUSTOMER_MANAGERS, "linkSuggestions userErrors"),
    "OverrideSetPayload": all_of(CUSTOMER_MANAGERS, "customer contact invoice userErrors"),
    "OverrideClearPayload": all_of(CUSTOMER_MANAGERS, "customer contact invoice userErrors"),
    "CustomerParentSetPayload": all_of(CUSTOMER_MANAGERS, "customer userErrors"),
    "CustomerBillToSetPayload": all_of(CUSTOMER_MANAGERS, "customer userErrors"),
    "ConflictDecidePayload": all_of(CUSTOMER_MANAGERS, "conflict userErrors"),
    "ConflictDecideBulkPayload": all_of(CUSTOMER_MANAGERS, "conflicts userErrors"),
    "FieldRuleClearPayload": all_of(CUSTOMER_MANAGERS, "userErrors"),
    "ConnectionPausePayload": all_of(OPERATORS, "connection userErrors"),
    "ConnectionResumePayload": all_of(OPERATORS, "connection userErrors"),
    "ConnectionCreatePayload": all_of(ADMINS, "connection userErrors"),
    "ConnectionUpdatePayload": all_of(ADMINS, "connection userErrors"),
    "ConnectionDeletePayload": all_of(ADMINS, "connection job userErrors"),
    "ConnectionTestPayload": all_of(OPERATORS, "connectionTest job userErrors"),
    "ConnectionNoticeDismissPayload": all_of(OPERATORS, "connectionNotice userErrors"),
    "SyncStartPayload": all_of(OPERATORS, "job connection userErrors"),
    "SyncCancelPayload": all_of(OPERATORS, "syncRun job userErrors"),
    "ConnectionDeletionsApprovePayload": all_of(DELETION_APPROVERS, "job connection userErrors"),
    "EntityResyncPayload": all_of(OPERATORS, "jobs userErrors"),
    "JobRetryPayload": all_of(OPERATORS, "job userErrors"),
    "JobCancelPayload": all_of(OPERATORS, "job userErrors"),
    "SchedulePausePayload": all_of(OPERATORS, "schedule userErrors"),
    "ScheduleResumePayload": all_of(OPERATORS, "schedule userErrors"),
    "RejectedRecordRetryPayload": all_of(REJECTION_RESOLVERS, "rejectedRecord job userErrors"),
    "RejectedRecordRetryBulkPayload": all_of(REJECTION_RESOLVERS, "rejectedRecords jobs userErrors"),
    "RejectedRecordDismissPayload": all_of(REJECTION_RESOLVERS, "rejectedRecord userErrors"),
    "RejectedRecordDismissBulkPayload": all_of(REJECTION_RESOLVERS, "rejectedRecords userErrors"),
    "StagedUploadCreatePayload": all_of(IMPORTERS, "stagedUpload url method userErrors"),
    "ImportPreviewPayload": all_of(IMPORTERS, "fileImport job userErrors"),
    "ImportApplyPayload": all_of(IMPORTERS, "fileImport job userErrors"),
    "ApiTokenCreatePayload": all_of(ADMINS, "apiToken secret userErrors"),
    "ApiTokenRevokePayload": all_of(ADMINS, "apiToken userErrors"),
}
"""The policy of every field of every payload."""
