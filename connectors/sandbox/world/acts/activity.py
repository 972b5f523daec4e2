"""Activities by name: whatever can happen in the three systems, one at a time and in any order."""

from collections.abc import Callable, Mapping

from connectors.sandbox.world.acts import identity_acts, invoice_acts, money_acts, odd_acts, party_acts
from connectors.sandbox.world.acts.scene import Scene

Activity = Callable[[Scene], bool]
"""Does something and returns True, or finds nothing to do it with."""


def _named(*activities: Activity) -> Mapping[str, Activity]:
    return {activity.__name__: activity for activity in activities}


ACTIVITIES = _named(
    invoice_acts.new_invoice,
    invoice_acts.draft_issued,
    invoice_acts.invoice_amount_edited,
    invoice_acts.invoice_due_date_edited,
    invoice_acts.invoice_moved,
    invoice_acts.invoice_voided,
    invoice_acts.invoice_written_off,
    invoice_acts.invoice_disputed,
    invoice_acts.invoice_deleted,
    invoice_acts.invoice_recreated_same_id,
    invoice_acts.invoice_recreated_new_id,
    invoice_acts.credit_note_new,
    invoice_acts.credit_note_allocated,
    invoice_acts.credit_note_voided,
    money_acts.payment_full,
    money_acts.payment_partial,
    money_acts.payment_over_several,
    money_acts.payment_unapplied,
    money_acts.payment_pending,
    money_acts.payment_decided,
    money_acts.allocations_changed,
    money_acts.payment_deleted,
    money_acts.paid_invoice_reopened,
    money_acts.payment_returned,
    money_acts.payment_charged_back,
    money_acts.refund_new,
    money_acts.refund_voided,
    money_acts.charge_new,
    money_acts.charge_settled,
    money_acts.charge_failed,
    money_acts.charge_returned,
    money_acts.method_detached,
    money_acts.gateway_customer_deleted,
    money_acts.rate_new,
    money_acts.rate_corrected,
    party_acts.new_customer,
    party_acts.customer_deleted,
    party_acts.customer_undeleted,
    party_acts.customer_renamed,
    party_acts.parent_changed,
    party_acts.company_entered_twice,
    party_acts.company_merged,
    party_acts.company_edited,
    party_acts.contact_new,
    party_acts.contact_edited,
    party_acts.contact_archived,
    party_acts.subscription_changed,
    odd_acts.same_second,
    odd_acts.late_write,
    odd_acts.late_commit,
    odd_acts.poisoned,
    odd_acts.mended,
)
"""All that happen by themselves, by the name that `World.act` returns."""

RARE_ACTIVITIES = _named(
    identity_acts.customer_recreated,
    identity_acts.gateway_customer_recreated,
    identity_acts.bookkeeper_shared,
    identity_acts.company_mistyped,
)
"""Those that happen only where they are asked for by name: histories of a seed stay as they are."""


def perform_any(scene: Scene) -> str:
    """Do one activity, any of those that find something to do, and return its name."""
    names = scene.random.sample(tuple(ACTIVITIES), len(ACTIVITIES))
    return next(name for name in names if ACTIVITIES[name](scene))
