"""How the gateway collects: charges on the due date, declines and retries, money taken back, methods that expire and are replaced."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from connectors.sandbox.world.chance import happens, weighted
from connectors.sandbox.world.deeds import charging
from connectors.sandbox.world.gateway_postings import Charge, MethodKind, PaymentMethod
from connectors.sandbox.world.life.agenda import office_hour, some_days_later
from connectors.sandbox.world.life.buyers import COLLECTED, Buyer, Life
from connectors.sandbox.world.life.transfers import plan_payment, plan_transfer
from connectors.sandbox.world.parties import new_payment_method
from connectors.sandbox.world.postings import Invoice, Payment

_DECLINED_PERCENT = 11
_CODES = {"insufficient_funds": 62, "do_not_honor": 25, "card_velocity_exceeded": 8, "account_closed": 5}
_HOPELESS = frozenset({"expired_card", "account_closed"})
"""Declines that no retry can help."""
_RETRY_DAYS = (3, 5, 7)
"""Days from the first, second and third failed attempt to the next; there is no fifth."""
_RETURNED_PERCENT = 4.5
_CHARGED_BACK_PERCENT = 1.5
_REPLACED_PERCENT = 75
_EXPIRING_DAYS = 30
_BANK_ANSWERS = timedelta(seconds=4)


def take_on(life: Life, buyer: Buyer, at: datetime) -> None:
    """Give a customer that pays through the gateway a payment method there."""
    customer = life.gateway_customer(buyer)
    if customer is None:
        return
    kind: MethodKind = "card" if COLLECTED[buyer.means] == "card" else "bank_debit"
    before = life.books.entries.primary_method(customer.id)
    method = new_payment_method(life.books, buyer.random, customer, kind=kind, day=at.date())
    life.books.post(at, *([] if before is None else [replace(before, is_deleted=True)]), method)
    if method.expires_on is not None:
        life.plan(office_hour(buyer.random, method.expires_on - timedelta(days=_EXPIRING_DAYS)), partial(_expire, life, buyer=buyer, method_id=method.id))


def _expire(life: Life, at: datetime, *, buyer: Buyer, method_id: str) -> None:
    """A card is about to expire, then has expired; most customers bring a new one sooner or later."""
    method = life.books.entries.of(PaymentMethod)[method_id]
    if not life.books.is_sound(method) or method.expires_on is None:
        return
    if at.date() <= method.expires_on:
        life.books.post(at, replace(method, status="expiring"))
        life.plan(office_hour(buyer.random, method.expires_on + timedelta(days=1)), partial(_expire, life, buyer=buyer, method_id=method.id))
    else:
        life.books.post(at, replace(method, status="expired"))
    if happens(buyer.random, _REPLACED_PERCENT / 2):
        life.plan(some_days_later(buyer.random, at, least=1, most=30), partial(_replace_method, life, buyer=buyer, method_id=method_id))


def _replace_method(life: Life, at: datetime, *, buyer: Buyer, method_id: str) -> None:
    if life.books.is_sound(life.books.entries.of(PaymentMethod)[method_id]):
        take_on(life, buyer, at)


def plan_charge(life: Life, buyer: Buyer, invoice: Invoice) -> None:
    """Plan to collect an invoice on its due date."""
    life.plan(office_hour(buyer.random, invoice.due_date), partial(_charge, life, buyer=buyer, invoice_id=invoice.id, attempt=1))


def _charge(life: Life, at: datetime, *, buyer: Buyer, invoice_id: str, attempt: int) -> None:
    entries = life.books.entries
    invoice, customer = entries.of(Invoice)[invoice_id], life.gateway_customer(buyer)
    if entries.free_minor(invoice) <= 0 or not life.books.is_sound(invoice):
        return
    method = None if customer is None else entries.primary_method(customer.id)
    if method is None:
        plan_transfer(life, buyer, invoice)
        return
    charge = charging.try_charge(life.books, invoice, at, method=method, attempt=attempt)
    code = _decline(buyer, method, at.date())
    if code is None:
        life.plan(at + _BANK_ANSWERS, partial(_succeed, life, buyer=buyer, invoice_id=invoice_id, charge_id=charge.id))
    else:
        life.plan(at + _BANK_ANSWERS, partial(_fail, life, buyer=buyer, invoice_id=invoice_id, charge_id=charge.id, code=code))


def _decline(buyer: Buyer, method: PaymentMethod, day: date) -> str | None:
    if method.expires_on is not None and day > method.expires_on:
        return "expired_card"
    gives_up = buyer.gives_up_on is not None and day >= buyer.gives_up_on
    return weighted(buyer.random, _CODES) if gives_up or happens(buyer.random, _DECLINED_PERCENT) else None


def _fail(life: Life, at: datetime, *, buyer: Buyer, invoice_id: str, charge_id: str, code: str) -> None:
    charge = _sound(life, charge_id)
    if charge is None:
        return
    is_last = charge.attempt > len(_RETRY_DAYS) or code in _HOPELESS
    retry_on = None if is_last else at.date() + timedelta(days=_RETRY_DAYS[charge.attempt - 1])
    charging.fail(life.books, charge, at, code=code, next_retry_on=retry_on)
    if code in _HOPELESS and happens(buyer.random, _REPLACED_PERCENT):
        life.plan(some_days_later(buyer.random, at, least=1, most=20), partial(_replace_method, life, buyer=buyer, method_id=charge.payment_method_id))
    if retry_on is None:
        plan_payment(life, buyer, life.books.entries.of(Invoice)[invoice_id], day=at.date() + timedelta(days=buyer.random.randint(5, 60)))
    else:
        life.plan(office_hour(buyer.random, retry_on), partial(_charge, life, buyer=buyer, invoice_id=invoice_id, attempt=charge.attempt + 1))


def _succeed(life: Life, at: datetime, *, buyer: Buyer, invoice_id: str, charge_id: str) -> None:
    charge = _sound(life, charge_id)
    if charge is not None:
        charging.succeed(life.books, charge, at)
        life.plan(some_days_later(buyer.random, at, least=1, most=4), partial(_settle, life, buyer=buyer, invoice_id=invoice_id, charge_id=charge_id))


def _settle(life: Life, at: datetime, *, buyer: Buyer, invoice_id: str, charge_id: str) -> None:
    charge = _sound(life, charge_id)
    if charge is None:
        return
    payment = charging.settle(life.books, charge, at, invoice=life.books.entries.of(Invoice)[invoice_id])
    is_debit = payment.method == "direct_debit"
    if happens(buyer.random, _RETURNED_PERCENT if is_debit else _CHARGED_BACK_PERCENT):
        least, most = (2, 8) if is_debit else (10, 45)
        life.plan(some_days_later(buyer.random, at, least=least, most=most), partial(_take_back, life, buyer=buyer, charge_id=charge_id, payment_id=payment.id))


def _take_back(life: Life, at: datetime, *, buyer: Buyer, charge_id: str, payment_id: str) -> None:
    """The bank takes the money back; the invoice is due again, and paid by transfer if at all."""
    charge, payment = _sound(life, charge_id), life.books.entries.of(Payment)[payment_id]
    if charge is None or not life.books.is_sound(payment) or payment.status != "settled" or life.books.entries.refunded_minor(payment_id):
        return
    charging.take_back(life.books, charge, at, payment=payment)
    for allocation in payment.allocations:
        invoice = life.books.entries.of(Invoice)[allocation.invoice_id]
        plan_payment(life, buyer, invoice, day=at.date() + timedelta(days=buyer.random.randint(7, 60)))


def _sound(life: Life, charge_id: str) -> Charge | None:
    """A charge that may be changed."""
    charge = life.books.entries.of(Charge)[charge_id]
    return charge if life.books.is_sound(charge) else None
