"""Mutations of who is who: merging customers, deciding suggestions and conflicts, setting values over what sources say."""

from collections.abc import Mapping

from hub.commands import identity
from schema.mutation.declaring import InputField, Mutation, Result, id_input, shown

_CUSTOMER = shown("Customer", "The customer.")
_FIELD = InputField(type="String!", description="The field, as the API names it; `void` or `paid` for an invoice, with the day as its value.")
_SUBJECT = InputField(type="ID!", description="The customer, contact or invoice.", any_row=identity.SETTABLE_TYPES)
_SUBJECTS = {
    "customer": shown("Customer", "The customer, where it is one."),
    "contact": shown("Contact", "The contact, where it is one."),
    "invoice": shown("Invoice", "The invoice, where it is one."),
}
_AT_SOURCE = {
    "connection": id_input("ConnectedSystem", "The connection."),
    "externalId": InputField(type="String!", description="The id of the customer there."),
}
_DECISION = InputField(type="ConflictDecision!", description="How.")


def _ids(row: str) -> InputField:
    return InputField(type="[ID!]!", description=f"Which: 1 to {identity.MOST_AT_ONCE}.", row=row, at_most=identity.MOST_AT_ONCE)


def _rows(row: str) -> Result:
    return Result(
        type=f"[{row}!]", description="Those that it was done for; null when the input was refused as a whole.", row=row, list_size=identity.MOST_AT_ONCE
    )


IDENTITY_MUTATIONS: Mapping[str, Mutation] = {
    "customerMerge": Mutation(
        description=(
            "Make two customers one. Everything that hangs on the one counts for the other from now on, and what each source says is kept: "
            "it can be taken back, exactly."
        ),
        command=identity.merge,
        input={"customer": id_input("Customer", "The one that is merged."), "into": id_input("Customer", "The one that is kept.")},
        payload={"customer": shown("Customer", "The one that is kept.")},
    ),
    "customerUnmerge": Mutation(
        description="Take a merge back: the customer is one of its own again, with all that has come for it meanwhile. No rule merges the two again.",
        command=identity.unmerge,
        input={"customer": id_input("Customer", "The one that was merged into another.")},
        payload={"customer": _CUSTOMER, "wasIn": shown("Customer", "The one that it was in.")},
    ),
    "customerLink": Mutation(
        description=(
            "Say that the customer that a connection knows by an id is this one. What that connection says of it counts here from now on. "
            "An id that is linked with another customer is refused: unlink it first."
        ),
        command=identity.link,
        input={"customer": id_input("Customer", "The customer.")} | _AT_SOURCE,
        payload={"customer": _CUSTOMER},
    ),
    "customerUnlink": Mutation(
        description="Say that the customer that a connection knows by an id is one of its own, with all that has come for it meanwhile.",
        command=identity.unlink,
        input=_AT_SOURCE,
        payload={"customer": shown("Customer", "The customer, which is its own again."), "wasIn": shown("Customer", "The one that it was linked with.")},
    ),
    "linkSuggestionAccept": Mutation(
        description="Say that the two customers of a suggestion are one: they are merged.",
        command=identity.accept,
        input={
            "id": id_input("LinkSuggestion", "The suggestion."),
            "keep": InputField(type="ID", description="Which of the two is kept; without it the one that the books know, else the older.", row="Customer"),
        },
        payload={"linkSuggestion": shown("LinkSuggestion", "The suggestion."), "customer": shown("Customer", "The one that is kept.")},
    ),
    "linkSuggestionDismiss": Mutation(
        description="Say that the two customers of a suggestion are two: no rule merges them, and it comes up again only when much more speaks for it.",
        command=identity.dismiss,
        input={"id": id_input("LinkSuggestion", "The suggestion.")},
        payload={"linkSuggestion": shown("LinkSuggestion", "The suggestion.")},
    ),
    "linkSuggestionDismissBulk": Mutation(
        description="The same for many. What is wrong with some keeps none of the others from it.",
        command=identity.dismiss_bulk,
        input={"ids": _ids("LinkSuggestion")},
        payload={"linkSuggestions": _rows("LinkSuggestion")},
    ),
    "overrideSet": Mutation(
        description="Let a value stand over what the sources say of a field, until a source changes its value: then there is a conflict to decide.",
        command=identity.set_value,
        input={"id": _SUBJECT, "field": _FIELD, "value": InputField(type="String", description="The value as JSON, a text in quotes; null: no value.")},
        payload=_SUBJECTS,
    ),
    "overrideClear": Mutation(
        description="Let what the sources say of a field count again.",
        command=identity.clear_value,
        input={"id": _SUBJECT, "field": _FIELD},
        payload=_SUBJECTS,
    ),
    "customerParentSet": Mutation(
        description="Say which customer stands above another in the hierarchy, over what the sources say. `overrideClear` of `parent` takes it back.",
        command=identity.set_parent,
        input={
            "customer": id_input("Customer", "The customer."),
            "parent": InputField(type="ID", description="The one above it; without it none.", row="Customer"),
        },
        payload={"customer": _CUSTOMER},
    ),
    "customerBillToSet": Mutation(
        description="Say who is billed for a customer, over what the sources say. `overrideClear` of `billToPreference` takes it back.",
        command=identity.set_bill_to,
        input={
            "customer": id_input("Customer", "The customer."),
            "preference": InputField(type="BillToPreference", description="Who; without it as its kind and the workspace have it."),
        },
        payload={"customer": _CUSTOMER},
    ),
    "conflictDecide": Mutation(
        description="Decide a conflict: keep ours or take theirs, this time or whenever a source changes this field of any object.",
        command=identity.decide,
        input={"id": id_input("FieldConflict", "The conflict."), "decision": _DECISION},
        payload={"conflict": shown("FieldConflict", "The conflict.")},
    ),
    "conflictDecideBulk": Mutation(
        description="The same for many. What is wrong with some keeps none of the others from it.",
        command=identity.decide_bulk,
        input={"ids": _ids("FieldConflict"), "decision": _DECISION},
        payload={"conflicts": _rows("FieldConflict")},
    ),
    "fieldRuleClear": Mutation(
        description="Take back what was decided of a field for every time: from now on each change of a source is a conflict again. What it has done stays.",
        command=identity.clear_field_rule,
        input={"id": id_input("FieldRule", "The rule.")},
    ),
}
"""Merges, suggestions, overrides, hierarchy, conflicts."""
