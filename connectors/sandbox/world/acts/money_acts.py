"""Activities with payments, refunds, charges and rates. Each does something and says so, or finds nothing to do it with."""

from dataclasses import replace
from datetime import timedelta

from connectors.sandbox.world.acts.scene import Scene
from connectors.sandbox.world.deeds import cash, charging
from connectors.sandbox.world.gateway_postings import Charge, GatewayCustomer, PaymentMethod
from connectors.sandbox.world.life.exchange import corrected, new_rate
from connectors.sandbox.world.parties import new_gateway_customer, new_payment_method
from connectors.sandbox.world.postings import CreditNote, Customer, Invoice, Payment, Rate, Refund

_METHODS = ("transfer", "cheque", "cash", "direct_debit", "card")


def payment_full(scene: Scene) -> bool:
    """A payment of all that is due of an invoice."""
    return _pay(scene, scene.owed(), is_partial=False, most=1)


def payment_partial(scene: Scene) -> bool:
    """A payment of a part of an invoice."""
    return _pay(scene, scene.owed(), is_partial=True, most=1)


def payment_over_several(scene: Scene) -> bool:
    """A payment set against several invoices of a customer."""
    owed = [invoice for invoice in scene.owed() if len(scene.owed_with(invoice, 2)) > 1]
    return _pay(scene, owed, is_partial=False, most=4)


def _pay(scene: Scene, owed: list[Invoice], *, is_partial: bool, most: int) -> bool:
    first = scene.pick(owed)
    if first is None:
        return False
    invoices = scene.owed_with(first, most) if most > 1 else [first]
    free = sum(map(scene.entries.free_minor, invoices))
    amount = scene.part_of(free) if is_partial else free
    method = scene.random.choice(_METHODS)
    cash.receive(scene.books, scene.customer_of(first), scene.at, amount_minor=amount, currency=first.currency, invoices=invoices, method=method)
    return True


def draw_payment(scene: Scene) -> Payment | None:
    """A payment of some customer that is in no books yet, and set against nothing."""
    customer = scene.pick(scene.sound(Customer))
    if customer is None:
        return None
    return cash.new_payment(scene.books, customer, scene.at, amount_minor=scene.random.randint(100, 500_000), currency=customer.currency)


def payment_unapplied(scene: Scene) -> bool:
    """A payment that says nothing of what it is for."""
    payment = draw_payment(scene)
    if payment is not None:
        scene.books.post(scene.at, payment)
    return payment is not None


def payment_pending(scene: Scene) -> bool:
    """A cheque is on its way."""
    invoice = scene.pick(scene.owed())
    if invoice is not None:
        amount, customer = scene.entries.free_minor(invoice), scene.customer_of(invoice)
        cash.receive(scene.books, customer, scene.at, amount_minor=amount, currency=invoice.currency, invoices=[invoice], method="cheque", status="pending")
    return invoice is not None


def payment_decided(scene: Scene) -> bool:
    """A pending payment settles, or will not come."""
    payment = scene.pick(each for each in scene.sound(Payment) if each.status == "pending")
    if payment is not None:
        decide = cash.settle if scene.random.choice((True, False)) else cash.cancel
        decide(scene.books, payment, scene.at)
    return payment is not None


def allocations_changed(scene: Scene) -> bool:
    """A payment is set against other invoices, or none."""
    payment = scene.pick(scene.settled())
    if payment is None:
        return False
    own = [scene.entries.of(Invoice)[each.invoice_id] for each in payment.allocations]
    again = [each for each in own if scene.entries.is_owed(each)]
    others = [each for each in scene.owed() if each.customer_id == payment.customer_id]
    targets = [each for each in (*others, *again) if each.currency == payment.currency]
    wanted = scene.some(targets, 3) if targets and scene.random.choice((True, True, False)) else []
    cash.rematch(scene.books, payment, scene.at, invoices=list({each.id: each for each in wanted}.values()))
    return True


def payment_deleted(scene: Scene) -> bool:
    """A payment is deleted without a word."""
    payment = scene.pick(each for each in scene.sound(Payment) if not scene.entries.refunded_minor(each.id))
    if payment is not None:
        cash.delete(scene.books, payment, scene.at)
    return payment is not None


def paid_invoice_reopened(scene: Scene) -> bool:
    """The payment of a paid invoice is deleted, so that the invoice is open again."""
    invoices = scene.entries.of(Invoice)
    paid = [each for each in scene.settled() if any(scene.entries.due_minor(invoices[part.invoice_id]) == 0 for part in each.allocations)]
    payment = scene.pick(paid)
    if payment is not None:
        cash.delete(scene.books, payment, scene.at)
    return payment is not None


def payment_returned(scene: Scene) -> bool:
    """A payment of an earlier day is returned."""
    payment = scene.pick(each for each in scene.settled() if each.dated < scene.at.date() and each.charge_id is None)
    if payment is not None:
        cash.take_back(scene.books, payment, scene.at, status="returned")
    return payment is not None


def payment_charged_back(scene: Scene) -> bool:
    """A payment is charged back."""
    payment = scene.pick(each for each in scene.settled() if each.charge_id is None)
    if payment is not None:
        cash.take_back(scene.books, payment, scene.at, status="charged_back")
    return payment is not None


def refund_new(scene: Scene) -> bool:
    """Some of what is left of a payment or credit note is given back."""
    sources = [*scene.sound(Payment), *scene.sound(CreditNote)]
    source = scene.pick(each for each in sources if scene.entries.unused_minor(each) > 0)
    if source is not None:
        amount = scene.part_of(scene.entries.unused_minor(source))
        cash.give_back(scene.books, source, scene.at, amount_minor=amount, reason="given back")
    return source is not None


def refund_voided(scene: Scene) -> bool:
    """A refund did not happen after all."""
    refund = scene.pick(each for each in scene.sound(Refund) if each.status == "settled" and _source_is_sound(scene, each))
    if refund is not None:
        scene.books.post(scene.at, replace(refund, status="void"))
    return refund is not None


def _source_is_sound(scene: Scene, refund: Refund) -> bool:
    if refund.payment_id is not None:
        return scene.books.is_sound(scene.entries.of(Payment)[refund.payment_id])
    return scene.books.is_sound(scene.entries.of(CreditNote)[refund.credit_note_id or ""])


# --- the gateway ----------------------------------------------------------------------------------


def charge_new(scene: Scene) -> bool:
    """The gateway tries to collect an invoice; a customer that is not there yet is entered with a payment method."""
    invoice = scene.pick(scene.owed())
    if invoice is None:
        return False
    books, customer = scene.books, scene.gateway_customer_of(invoice.customer_id)
    if customer is None:
        customer = replace(new_gateway_customer(books, scene.random, scene.customer_of(invoice)), reference=invoice.customer_id)
        books.post(scene.at, customer)
    method = scene.entries.primary_method(customer.id)
    if method is None:
        method = new_payment_method(books, scene.random, customer, kind=scene.random.choice(("card", "bank_debit", "wallet")), day=scene.at.date())
        books.post(scene.at, method)
    charging.try_charge(books, invoice, scene.at, method=method)
    return True


def charge_settled(scene: Scene) -> bool:
    """A charge settles, and accounting has a payment."""
    charge = scene.pick(_open_charges(scene))
    if charge is not None:
        charging.settle(scene.books, charge, scene.at, invoice=_invoices_by_number(scene)[charge.invoice_number])
    return charge is not None


def charge_failed(scene: Scene) -> bool:
    """A charge is declined; most are tried again."""
    charge = scene.pick(_open_charges(scene))
    if charge is not None:
        retry_on = scene.random.choice((None, scene.at.date() + timedelta(days=3)))
        charging.fail(scene.books, charge, scene.at, code=scene.random.choice(tuple(charging.FAILURES)), next_retry_on=retry_on)
    return charge is not None


def charge_returned(scene: Scene) -> bool:
    """The money of a settled charge is taken back, in both systems."""
    charges = {each.id: each for each in scene.sound(Charge) if each.status == "settled"}
    payment = scene.pick(each for each in scene.settled() if each.charge_id in charges)
    if payment is not None:
        charging.take_back(scene.books, charges[payment.charge_id or ""], scene.at, payment=payment)
    return payment is not None


def method_detached(scene: Scene) -> bool:
    """A payment method is detached."""
    method = scene.pick(scene.sound(PaymentMethod))
    if method is not None:
        scene.books.post(scene.at, replace(method, is_deleted=True))
    return method is not None


def gateway_customer_deleted(scene: Scene) -> bool:
    """A customer is deleted at the gateway; its charges stay."""
    customer = scene.pick(scene.sound(GatewayCustomer))
    if customer is not None:
        scene.books.post(scene.at, replace(customer, is_deleted=True))
    return customer is not None


def _open_charges(scene: Scene) -> list[Charge]:
    numbers = _invoices_by_number(scene)
    return [each for each in scene.sound(Charge) if each.status in {"pending", "succeeded"} and each.invoice_number in numbers]


def _invoices_by_number(scene: Scene) -> dict[str, Invoice]:
    issued = [invoice for invoice in scene.sound(Invoice) if invoice.stage == "issued"]
    return {invoice.number: invoice for invoice in issued if not scene.customer_of(invoice).is_deleted}


# --- rates ----------------------------------------------------------------------------------------


def rate_new(scene: Scene) -> bool:
    """A currency has a rate from today."""
    latest = {rate.currency: rate for rate in scene.sound(Rate)}
    rate = scene.pick(each for each in latest.values() if f"{each.currency}-{scene.at:%Y-%m-%d}" not in scene.entries.of(Rate))
    if rate is not None:
        scene.books.post(scene.at, new_rate(rate.currency, rate.base_currency, scene.at, rate=corrected(scene.random, rate.rate)))
    return rate is not None


def rate_corrected(scene: Scene) -> bool:
    """A rate was wrong."""
    rate = scene.pick(scene.sound(Rate))
    if rate is not None:
        scene.books.post(scene.at, replace(rate, rate=corrected(scene.random, rate.rate)))
    return rate is not None
