"""Mutations of rule sets."""

from collections.abc import Mapping

from hub.commands import rule_sets
from schema.mutation.declaring import InputField, Mutation, id_input, shown

_SET = shown("RuleSet", "The rule set.")
_ID = id_input("RuleSet", "The rule set.")
_RULE = "The rule; one that cannot be used is refused, and what is strange about one is told by `ruleCheck`."
_NAME = "A name that no other rule set has, in upper or lower case."
_DESCRIPTION = "What it is for."

RULE_SET_MUTATIONS: Mapping[str, Mutation] = {
    "ruleSetCreate": Mutation(
        description="Keep a rule under a name.",
        command=rule_sets.create,
        input={
            "name": InputField(type="String!", description=_NAME),
            "level": InputField(type="RuleLevel!", description="What the rule is about; this never changes."),
            "rule": InputField(type="RuleInput!", description=_RULE),
            "description": InputField(type="String", description=_DESCRIPTION),
        },
        payload={"ruleSet": _SET},
    ),
    "ruleSetUpdate": Mutation(
        description="Change a rule set. What is not given stays; a change is a new version, and no earlier one is lost.",
        command=rule_sets.update,
        input={
            "id": _ID,
            "version": InputField(type="Int", description="The version that you have seen: where it is another one by now, nothing is changed."),
            "name": InputField(type="String", description=_NAME),
            "rule": InputField(type="RuleInput", description=_RULE),
            "description": InputField(type="String", description=f"{_DESCRIPTION} Null: nothing is said."),
        },
        payload={"ruleSet": _SET},
    ),
    "ruleSetDelete": Mutation(
        description="Delete a rule set. It can be restored.",
        command=rule_sets.delete,
        input={"id": _ID},
        payload={"ruleSet": _SET},
    ),
    "ruleSetRestore": Mutation(
        description="Bring back a rule set that was deleted, or what it was in an earlier version: that becomes a new version.",
        command=rule_sets.restore,
        input={"id": _ID, "version": InputField(type="Int", description="The version to restore; without it the last one, of a rule set that was deleted.")},
        payload={"ruleSet": _SET},
    ),
}
"""Keeping, changing, deleting, restoring."""
