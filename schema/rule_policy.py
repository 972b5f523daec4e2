"""Who may see what of rules: what a rule holds for tells figures, so whoever may read those may ask."""

from collections.abc import Mapping

from hub.access.policy import FIGURES_READERS, Policy
from schema.payload_policy import all_of

RULE_POLICIES: Mapping[str, Mapping[str, Policy]] = {
    name: all_of(FIGURES_READERS, fields)
    for name, fields in {
        "RuleSet": "id name description level rule document version state problem matchCount versions isDeleted createdBy createdAt updatedAt",
        "RuleSetVersion": "version name description rule reason madeBy madeAt",
        "CustomerRuleMatch": "ruleSet state",
        "InvoiceRuleMatch": "ruleSet state",
        "RuleField": "id level type unit operators choices meaning isAhead",
        "RuleTemplate": "id title level sentence text rule slots",
        "RuleSlot": "name meaning value choices",
        "RuleCheck": "isUsable text document findings matchCount",
        "RuleFinding": "kind message isError part line column suggestion",
        "RuleExplanation": "holds asOf parts rates changes",
        "RulePart": "depth text holds field value counted dataAsOf reasons",
        "RuleValue": "text money number day flag texts",
        "RuleCount": "relation count holding nodeIds",
        "RuleRate": "currency rate rateDate rateSource",
        "RuleChange": "kind text on invoiceId amount condition",
    }.items()
}
"""The types about rules."""
