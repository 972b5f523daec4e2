"""What each field of the catalogue is on a day, from rows in plain Python: the definitions once more, apart from the statements that must agree."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from hub.health.basis import Basis
from hub.model import CreditNote, Customer, Dispute, Invoice, Payment, PaymentAttempt, PaymentMethod, Promise
from rules.fields import FieldType
from tests.evaluation.truth import Found, Money, Subject, Truth
from tests.evaluation.worlds import CATALOGUE, CUSTOM_FIELDS, World
from tests.health.oracle import Oracle
from tests.health.worlds import TODAY

OUTCOMES = {
    "ACCEPTED": "SUCCESS",
    "SETTLED": "SUCCESS",
    "DECLINED": "FAILURE",
    "RETURNED": "FAILURE",
    "CHARGED_BACK": "FAILURE",
    "INTENDED": "IN_PROGRESS",
    "SUBMITTED": "IN_PROGRESS",
    "UNKNOWN": "TIMEOUT",
    "VOIDED": "VOIDED",
}
"""PY23: what the states of an attempt come to."""

_AMOUNTS = {
    "outstanding": "outstanding",
    "overdue": "overdue",
    "net_overdue": "net_overdue",
    "net_outstanding": "net_outstanding",
    "open_debits": "open_debits",
    "unaccounted_payment": "unaccounted_payment",
    "unutilised_credit": "unutilised_credit",
    "total_amount_paid": "total_paid",
    "total_amount_due": "total_due",
    "billed_amount": "billed",
    "cash_received": "cash_received",
    "consolidated_outstanding": "consolidated_outstanding",
    "consolidated_overdue": "consolidated_overdue",
    "ageing[current]": "ageing_1",
    "ageing[1..30]": "ageing_2",
    "ageing[31..60]": "ageing_3",
    "ageing[61..90]": "ageing_4",
    "ageing[91..]": "ageing_5",
}
_MONTHS = 24
_NOBODY = Subject(0, {field.id: frozenset[str]() if field.type is FieldType.TEXT_SET else None for field in CATALOGUE})
"""What is known of a customer that its source has deleted."""


class Values:
    """The values of every field of every row of a world on one basis."""

    def __init__(self, world: World, basis: Basis) -> None:
        """Work out everything."""
        self.world, self.basis, self.day = world, basis, basis.as_of
        self.ledger = Oracle(world, basis)
        self._due = {invoice.id: self.ledger.settled(invoice)[1] for invoice in world.invoices}
        self._figures = self.ledger.customer_rows()
        self._today = Oracle(world, replace(basis, as_of=TODAY)).currency_rows()
        self._sales = _Sales(world, basis)
        self._customers = {row.id or 0: Subject(row.id or 0, self._customer(row)) for row in world.customers}
        self._owners = {row.id or 0: _NOBODY if row.is_deleted else self._customers[row.id or 0] for row in world.customers}
        self._payments = {row.id or 0: self._payment(row) for row in world.payments}
        self._attempts = {row.id or 0: self._attempt(row) for row in world.attempts}
        self._debits = {row.id or 0: self._document(row) for row in world.invoices if _is_there(row)}
        for customer in world.customers:
            self._relate(customer)

    @property
    def truth(self) -> Truth:
        """What rules mean on the day."""
        return Truth(self.day, self.basis.base_currency)

    def customers(self) -> dict[int, Subject]:
        """All customers that their source has not deleted."""
        return {row.id or 0: self._customers[row.id or 0] for row in self.world.customers if not row.is_deleted}

    def invoices(self) -> dict[int, Subject]:
        """All invoices and other debits that rules range over."""
        return self._debits

    def credit_notes(self) -> dict[int, Subject]:
        """All credit notes that rules range over."""
        return {row.id or 0: self._document(row) for row in self.world.credits if _is_there(row)}

    def rows(self) -> list[Subject]:
        """The rows of every level."""
        documents = [*self.invoices().values(), *self.credit_notes().values()]
        return [*self.customers().values(), *documents, *self._payments.values(), *self._attempts.values()]

    # --- customers --------------------------------------------------------------------------------

    def _relate(self, row: Customer) -> None:
        key = row.id or 0
        invoices = [self._debits[one.id or 0] for one in self.world.invoices if one.customer_id == key and self.ledger.in_books(one)]
        subject = self._customers[key]
        subject.related = {
            "invoice": invoices,
            "payment": [self._payments[one.id or 0] for one in self.world.payments if one.customer_id == key and self._is_known(one)],
            "attempt": [self._attempts[one.id or 0] for one in self._tries() if one.customer_id == key],
        }
        subject.values["payment_risk"] = frozenset({self._risk(row, invoices)})

    def _customer(self, row: Customer) -> dict[str, Found]:
        figures = self._figures[row.id or 0]
        tries = [one for one in self._shown_attempts() if one.customer_id == row.id]
        found: dict[str, Found] = {name: self._base(figures[f"{column}_minor"]) for name, column in _AMOUNTS.items()}
        found |= {
            "overdue_invoice_count": _whole(figures["overdue_invoice_count"]),
            "open_invoice_count": _whole(figures["open_invoice_count"]),
            "overdue_percent": _percent(figures["overdue_minor"], figures["outstanding_minor"]),
            "consolidated_overdue_percent": _percent(figures["consolidated_overdue_minor"], figures["consolidated_outstanding_minor"]),
            "average_payment_attempts": _share(figures["payment_attempt_count"], figures["attempted_invoice_count"]),
            "customer_name": row.name,
            "customer_email": row.email,
            "customer_tax_id": row.tax_id,
            "customer_city": row.city,
            "customer_region": row.region,
            "customer_country": row.country,
            "is_billed": row.is_billed,
            "segment": frozenset(
                one.name for one in self.world.segments for member in self.world.members if (member.segment_id, member.customer_id) == (one.id, row.id)
            ),
            "finance_owner": _set(row.finance_owner),
            "sales_owner": _set(row.sales_owner),
            "open_issue_amount": self._base(self._contested(row)),
            "open_promise_amount": self._base(self._promised(row)),
            "last_email_date": self._last(one.sent_at for one in self._mail() if one.customer_id == row.id),
            "last_reply_date": self._last(one.replied_at for one in self._mail() if one.customer_id == row.id),
            "outstanding_mismatch": self._is_mismatched(row),
            "customer_currency": _set(row.currency),
            "entity_type": _set(row.entity_type),
            "source_handling": _set(row.source_handling),
            "next_promise_date": min((one.due_on for one in self._open_promises() if one.customer_id == row.id and one.due_on >= self.day), default=None),
            "auto_collection": row.is_auto_collected,
            "primary_payment_method": frozenset({self._kind(row, lambda method: method.is_primary)}),
            "backup_payment_method": frozenset({self._kind(row, lambda method: method.is_backup)}),
            "net_term_days": _whole(row.payment_terms_days),
            "payment_source_status": self._source_status(row),
            "monthly_dso": self._sales.monthly(row.id or 0),
            "count_back_dso": self._sales.count_back(row.id or 0),
            "subscription_status": frozenset(one.status for one in self.world.subscriptions if one.customer_id == row.id and not one.is_deleted),
        }
        newest = self._newest_tried(row)
        return found | self._collecting(tries, row) | self._counts(newest) | self._custom(row, "customer")

    def _contested(self, row: Customer) -> int | None:
        """Stated disputes, and all that is due on invoices that are only called contested."""
        stated = [(one.amount_minor, one.currency, one.opened_on or self.day) for one in self._open_disputes() if one.customer_id == row.id]
        known = {one.invoice_id for one in self._open_disputes()}
        whole = [
            (self._due[one.id], one.currency, one.document_date)
            for one in self.world.invoices
            if one.customer_id == row.id and one.is_disputed and one.id not in known and self._is_open(one)
        ]
        return self._added([*stated, *whole])

    def _promised(self, row: Customer) -> int | None:
        mine = [one for one in self._open_promises() if one.customer_id == row.id]
        return self._added((one.amount_minor - one.kept_minor, one.currency, one.promised_on) for one in mine)

    def _added(self, amounts: Iterable[tuple[int, str, date]]) -> int | None:
        converted = [self.ledger.converted(amount, currency, own_date) for amount, currency, own_date in amounts]
        known = [amount for amount in converted if amount is not None]
        return sum(known) if len(known) == len(converted) else None

    def _is_mismatched(self, row: Customer) -> bool:
        reported = row.reported_balances
        assert reported is None or isinstance(reported, dict)
        ours = self._today

        def net(currency: str) -> int:
            figures = ours.get((row.id or 0, currency), {})
            outstanding, credit, unaccounted = (figures.get(f"{name}_minor", 0) for name in ("outstanding", "unutilised_credit", "unaccounted_payment"))
            assert isinstance(outstanding, int)
            assert isinstance(credit, int)
            assert isinstance(unaccounted, int)
            return outstanding - credit - unaccounted

        return any(balance != net(currency) for currency, balance in (reported or {}).items())

    def _risk(self, row: Customer, invoices: list[Subject]) -> str:
        """B22, word by word."""
        subject = self._customers[row.id or 0]
        source = subject.value("payment_source_status")
        assert isinstance(source, frozenset)
        since = self.day - timedelta(days=90)
        recent = [one for one in self._tries() if one.customer_id == row.id and self._local(one.attempted_at) >= since]
        is_exhausted = any(one.dunning_status == "EXHAUSTED" for one in recent)
        unpaid = [one for one in invoices if one.value("status") in (frozenset({"OPEN"}), frozenset({"PARTIALLY_PAID"}))]
        if source & {"INVALID", "EXPIRED"} or is_exhausted or any(_number(one.value("failed_attempt_count")) >= 3 for one in unpaid):
            return "HIGH"
        return "MEDIUM" if "EXPIRING" in source or any(OUTCOMES[one.state] == "FAILURE" for one in recent) else "LOW"

    # --- means of payment -------------------------------------------------------------------------

    def _method(self, row: Customer, is_wanted: Callable[[PaymentMethod], bool]) -> PaymentMethod | None:
        mine = [one for one in self.world.methods if one.customer_id == row.id and is_wanted(one) and not one.is_deleted]
        return min(mine, key=lambda one: one.id or 0, default=None)

    def _kind(self, row: Customer, is_wanted: Callable[[PaymentMethod], bool]) -> str:
        method = self._method(row, is_wanted)
        return "NONE" if method is None else method.kind

    def _source_status(self, row: Customer) -> frozenset[str]:
        method = self._method(row, lambda one: one.is_primary)
        if method is None:
            return frozenset()
        if method.status in ("INVALID", "EXPIRED"):
            return frozenset({method.status})
        if method.expires_on is not None and method.expires_on < self.day:
            return frozenset({"EXPIRED"})
        is_ending = method.expires_on is not None and method.expires_on <= self.day + timedelta(days=30)
        return frozenset({"EXPIRING" if is_ending else method.status})

    def _card(self, row: Customer, tries: Iterable[PaymentAttempt]) -> str:
        """B18: whether the fingerprint is the one at the last failed attempt."""
        card = self._method(row, lambda one: one.is_primary)
        failed = [one for one in tries if one.kind != "CHARGEBACK" and OUTCOMES[one.state] == "FAILURE"]
        last = max(failed, key=lambda one: (one.attempted_at, one.id or 0), default=None)
        if row.is_deleted or card is None or card.kind != "CARD" or card.fingerprint is None or last is None or last.method_fingerprint is None:
            return "NONE"
        return "SAME" if card.fingerprint == last.method_fingerprint else "UPDATED"

    # --- documents --------------------------------------------------------------------------------

    def _document(self, row: Invoice | CreditNote) -> Subject:
        is_debit = isinstance(row, Invoice)
        due = self._due[row.id] if is_debit else self.ledger.unused(row)
        open_due = due if self._is_open(row) else 0
        tries = [one for one in self._shown_attempts() if is_debit and self.ledger.counted_id(one) == row.id]
        promises = [one for one in self._open_promises() if is_debit and one.invoice_id == row.id]
        disputes = [one for one in self._open_disputes() if is_debit and one.invoice_id == row.id]
        mail = [one for one in self._mail() if is_debit and row.id in (one.invoice_ids or [])]
        is_contested = is_debit and row.is_disputed
        contested = sum(one.amount_minor for one in disputes) if disputes else open_due if is_contested else 0
        owner = next(one for one in self.world.customers if one.id == row.customer_id)
        values: dict[str, Found] = {
            "invoice_number": row.number,
            "amount": Money(row.total_minor, row.currency),
            "balance": Money(open_due, row.currency),
            "converted_amount": self._base(self.ledger.converted(row.total_minor, row.currency, row.document_date)),
            "converted_balance": self._base(self.ledger.converted(open_due, row.currency, row.document_date) if open_due else 0),
            "invoice_open_issue_amount": Money(contested, row.currency),
            "invoice_open_promise_amount": Money(sum(one.amount_minor - one.kept_minor for one in promises), row.currency),
            "document_date": row.document_date,
            "due_date": row.due_date if is_debit else None,
            "posting_date": row.posting_date,
            "created_on": row.created_on if is_debit else None,
            "invoice_last_email_date": self._last(one.sent_at for one in mail),
            "invoice_last_reply_date": self._last(one.replied_at for one in mail),
            "location": _set(row.location),
            "business_unit": _set(row.business_unit),
            "purchase_order_number": row.purchase_order_number if is_debit else None,
            "contract": row.contract if is_debit else None,
            "has_promise_date": bool(promises),
            "disputed": is_contested or bool(disputes),
            "paid": self._status(row) == "PAID" and self.ledger.in_books(row),
            "days_past_due": self._days_past_due(row, open_due),
            "transaction_type": frozenset({"DEBIT" if is_debit else "CREDIT"}),
            "document_type": frozenset({row.document_type if is_debit else "CREDIT_NOTE"}),
            "currency": frozenset({row.currency}),
            "status": frozenset({self._status(row)}),
            "promise_date": min((one.due_on for one in promises), default=None),
        }
        values |= self._collecting(tries, owner) | self._counts(row if is_debit else None) | self._custom(row, "invoice")
        related = {
            "payment": [self._payments[one.id or 0] for one in self.world.payments if is_debit and self._is_set_against(one, row) and self._is_known(one)],
            "attempt": [self._attempts[one.id or 0] for one in self._tries() if is_debit and self.ledger.counted_id(one) == row.id],
        }
        return Subject(row.id or 0, values, self._owners[row.customer_id], related)

    def _status(self, row: Invoice | CreditNote) -> str:
        due = self._due[row.id] if isinstance(row, Invoice) else self.ledger.unused(row)
        written_off_on = row.written_off_on if isinstance(row, Invoice) else None
        if row.lifecycle == "DRAFT":
            return "DRAFT"
        if row.lifecycle == "VOID" and (row.voided_on is None or row.voided_on <= self.day):
            return "VOID"
        if row.document_date > self.day:
            return "FUTURE"
        if row.lifecycle == "WRITTEN_OFF" and (written_off_on is None or written_off_on <= self.day):
            return "WRITTEN_OFF"
        return "PAID" if due <= 0 else "PARTIALLY_PAID" if due < row.total_minor else "OPEN"

    def _is_open(self, row: Invoice | CreditNote) -> bool:
        return _is_there(row) and self._status(row) in ("OPEN", "PARTIALLY_PAID")

    def _days_past_due(self, row: Invoice | CreditNote, due: int) -> Fraction | None:
        if not due or isinstance(row, CreditNote):
            return None
        first = min((day for day, amount in self.ledger.due_pieces(row, due) if amount and day is not None), default=None)
        return None if first is None else Fraction((self.day - first).days)

    # --- attempts and payments --------------------------------------------------------------------

    def _shown_attempts(self) -> list[PaymentAttempt]:
        return [one for one in self.world.attempts if not one.is_deleted and self._local(one.attempted_at) <= self.day]

    def _tries(self) -> list[PaymentAttempt]:
        return [one for one in self._shown_attempts() if one.kind != "CHARGEBACK"]

    def _newest_tried(self, row: Customer) -> Invoice | None:
        tried = {self.ledger.counted_id(one) for one in self._tries()}
        mine = [one for one in self.world.invoices if one.customer_id == row.id and one.id in tried and self.ledger.in_books(one)]
        return max(mine, key=lambda one: (one.document_date, one.id or 0), default=None)

    def _counts(self, invoice: Invoice | None) -> dict[str, Found]:
        mine = [one for one in self._tries() if invoice is not None and self.ledger.counted_id(one) == invoice.id]
        failed = [one for one in mine if OUTCOMES[one.state] == "FAILURE"]
        return {
            "payment_attempt_count": Fraction(len(mine)),
            "retry_count": Fraction(max(len(mine) - 1, 0)),
            "failed_attempt_count": Fraction(len(failed)),
        }

    def _collecting(self, tries: list[PaymentAttempt], owner: Customer) -> dict[str, Found]:
        last = max(tries, key=lambda one: (one.attempted_at, one.id or 0), default=None)
        return {
            "last_attempt_date": None if last is None else self._local(last.attempted_at),
            "last_attempt_amount": None if last is None else Money(last.amount_minor, last.currency),
            "last_attempt_error": None if last is None else last.decline_reason,
            "last_attempt_error_code": None if last is None else last.decline_code,
            "last_gateway": None if last is None else last.gateway,
            "last_attempt_status": frozenset() if last is None else frozenset({OUTCOMES[last.state]}),
            "last_attempt_method": frozenset({"NONE" if last is None else _means(last)}),
            "dunning_status": frozenset() if last is None else _set(last.dunning_status),
            "next_retry_date": None if last is None else last.next_retry_on,
            "card_since_failure": frozenset({self._card(owner, tries)}),
        }

    def _attempt(self, row: PaymentAttempt) -> Subject:
        values: dict[str, Found] = {
            "attempt_amount": Money(row.amount_minor, row.currency),
            "attempt_date": self._local(row.attempted_at),
            "attempt_error": row.decline_reason,
            "attempt_gateway": row.gateway,
            "attempt_status": frozenset({OUTCOMES[row.state]}),
            "attempt_method": frozenset({_means(row)}),
            "attempt_dunning_status": _set(row.dunning_status),
        }
        return Subject(row.id or 0, values, self._owners[row.customer_id])

    def _payment(self, row: Payment) -> Subject:
        values: dict[str, Found] = {
            "payment_amount": Money(row.amount_minor, row.currency),
            "payment_date": row.payment_date,
            "unapplied_amount": Money(row.unapplied_minor, row.currency),
            "payment_gateway": row.gateway,
            "payment_state": frozenset({row.state}),
            "payment_method": _set(row.method_kind),
        }
        return Subject(row.id or 0, values, self._owners[row.customer_id])

    def _is_set_against(self, row: Payment, invoice: Invoice | CreditNote) -> bool:
        """Whether something of it is left there; that a payment was returned as a whole takes nothing off."""
        mine = [one for one in self.world.settlements if (one.payment_id, one.invoice_id) == (row.id, invoice.id) and one.reversed_on is None]
        return sum(one.amount_minor for one in mine if one.effective_date <= self.day) != 0

    def _is_known(self, row: Payment) -> bool:
        return row.is_authoritative and not row.is_deleted and row.payment_date <= self.day

    # --- what is agreed, and mail -----------------------------------------------------------------

    def _open_promises(self) -> list[Promise]:
        def is_closed(one: Promise) -> bool:
            return one.status != "OPEN" and (one.closed_at is None or self._local(one.closed_at) <= self.day)

        return [one for one in self.world.promises if one.promised_on <= self.day and not is_closed(one)]

    def _open_disputes(self) -> list[Dispute]:
        def is_closed(one: Dispute) -> bool:
            return one.status != "OPEN" and (one.resolved_on is None or one.resolved_on <= self.day)

        return [one for one in self.world.disputes if (one.opened_on is None or one.opened_on <= self.day) and not is_closed(one)]

    def _mail(self):  # noqa: ANN202 - the rows of one table
        return [one for one in self.world.messages if one.channel == "EMAIL" and one.sent_at is not None and self._local(one.sent_at) <= self.day]

    def _last(self, moments: Iterable[datetime | None]) -> date | None:
        days = [self._local(moment) for moment in moments if moment is not None]
        return max((day for day in days if day <= self.day), default=None)

    # --- forms of values --------------------------------------------------------------------------

    def _local(self, moment: datetime) -> date:
        return moment.astimezone(self.basis.zone).date()

    def _base(self, minor: object) -> Money | None:
        if minor is None:
            return None
        assert isinstance(minor, int)
        return Money(minor, self.basis.base_currency)

    def _custom(self, row: Customer | Invoice | CreditNote, of: str) -> dict[str, Found]:
        entries = row.custom or {}
        assert isinstance(entries, dict)
        return {f"custom.{each.name}": custom_value(entries.get(each.field), each.type) for each in CUSTOM_FIELDS if each.of == of}


class _Sales:
    """Days sales outstanding at the end of the latest month that is over (B21)."""

    def __init__(self, world: World, basis: Basis) -> None:
        is_month_end = basis.as_of.day == monthrange(basis.as_of.year, basis.as_of.month)[1]
        end = basis.as_of if is_month_end else basis.as_of.replace(day=1) - timedelta(days=1)
        self.end = end
        self.ledger = Oracle(world, replace(basis, as_of=end))
        self.closing = {customer: row["outstanding_minor"] for customer, row in self.ledger.customer_rows().items()}

    def monthly(self, customer: int) -> Fraction | None:
        closing, billed = self.closing[customer], self._billed(customer, self.end)
        if closing is None or billed is None or billed <= 0:
            return None
        assert isinstance(closing, int)
        return _tenths(Fraction(closing, billed) * self.end.day)

    def count_back(self, customer: int) -> Fraction | None:
        """Whole months while their billing does not cover what is left, and of the month that does its share."""
        left, end, days = self.closing[customer], self.end, Fraction(0)
        if left is None:
            return None
        assert isinstance(left, int)
        if left == 0:
            return Fraction(0) if any(one.customer_id == customer and self.ledger.in_books(one) for one in self.ledger.world.invoices) else None
        for _ in range(_MONTHS):
            billed = self._billed(customer, end)
            if billed is None:
                return None
            if billed >= left:
                return days + _tenths(Fraction(left, billed) * end.day)
            left, days = left - billed, days + end.day
            end = end.replace(day=1) - timedelta(days=1)
        return None

    def _billed(self, customer: int, end: date) -> int | None:
        mine = [one for one in self.ledger.world.invoices if one.customer_id == customer and self.ledger.in_books(one)]
        of_month = [one for one in mine if end.replace(day=1) <= one.document_date <= end]
        amounts = [self.ledger.converted(one.total_minor, one.currency, one.document_date) for one in of_month if one.total_minor]  # zero needs no rate
        known = [amount for amount in amounts if amount is not None]
        return sum(known) if len(known) == len(amounts) else None


def _is_there(row: Invoice | CreditNote) -> bool:
    return row.is_authoritative and not row.is_deleted


def _means(attempt: PaymentAttempt) -> str:
    return "CHARGEBACK" if attempt.kind == "CHARGEBACK" else attempt.method_kind or "NONE"


def _set(text: str | None) -> frozenset[str]:
    return frozenset() if text is None else frozenset({str(text)})


def _whole(number: object) -> Fraction | None:
    if number is None:
        return None
    assert isinstance(number, int)
    return Fraction(number)


def _number(found: Found) -> Fraction:
    assert isinstance(found, Fraction)
    return found


def _share(part: object, whole: object) -> Fraction | None:
    if part is None or not whole:
        return None
    assert isinstance(part, int)
    assert isinstance(whole, int)
    return Fraction(part, whole)


def _percent(part: object, whole: object) -> Fraction | None:
    share = _share(part, whole)
    return None if share is None else 100 * share


def _tenths(number: Fraction) -> Fraction:
    return Fraction(round(number * 10), 10)


def custom_value(entry: object, kind: str) -> Found:
    """An entry of what a source adds, as the settings say that it is to be read; None where it is not of that type."""
    if entry is None:
        return None
    text = str(entry).lower() if isinstance(entry, bool) else str(entry)
    match kind:
        case "WHOLE_NUMBER":
            return Fraction(text) if re.fullmatch(r"[+-]?[0-9]{1,15}", text) else None
        case "DECIMAL":
            return Fraction(text) if re.fullmatch(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", text) else None
        case "BOOLEAN":
            return {"true": True, "1": True, "false": False, "0": False}.get(text)
        case "DATE":
            return _day(text)
        case _:
            return text


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None
