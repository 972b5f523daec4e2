"""The definitions once more in plain Python over rows, independent of the SQL: what figures must be."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from hub.health.basis import Basis
from hub.model import CreditNote, Invoice, Payment, PaymentAttempt
from hub.money import exponent
from hub.vocabulary import ConversionDate
from tests.health.worlds import World

Row = dict[str, object]

_DOCUMENT_FIGURES = ("total_paid", "billed", "cash_received", "outstanding", "overdue", "open_debits")
_FIGURES = (*_DOCUMENT_FIGURES, "unutilised_credit", "unaccounted_payment", *(f"ageing_{n}" for n in range(1, 9)))
_ATTEMPT_COUNTS = ("payment_attempt_count", "attempted_invoice_count")
_COUNTS = ("open_invoice_count", "overdue_invoice_count", "inferred_count", *_ATTEMPT_COUNTS, *(f"ageing_{n}_count" for n in range(1, 9)))


def rate_on(world: World, currency: str, *, day: date, base: str) -> Fraction | None:
    """One minor unit of `currency` in minor units of `base`; None without a rate."""
    if currency == base:
        return Fraction(1)
    known = [rate for rate in world.rates if not rate.is_deleted and rate.rate_date <= day and {rate.currency, rate.base_currency} == {currency, base}]
    if not known:
        return None
    latest = max(rate.rate_date for rate in known)
    chosen = min((rate for rate in known if rate.rate_date == latest), key=lambda rate: (rate.currency != currency, rate.source, -(rate.id or 0)))
    per_unit = Fraction(chosen.numerator, chosen.denominator)
    if chosen.currency != currency:
        per_unit = 1 / per_unit
    return per_unit * 10 ** exponent(base) / 10 ** exponent(currency)


@dataclass
class _Sum:
    exact: int = 0
    converted: int = 0
    unrated: int = 0


class _Book:
    """The figures of one customer as they are added up."""

    def __init__(self) -> None:
        self.sums: dict[tuple[str, str], _Sum] = defaultdict(_Sum)
        self.counts: dict[str, int] = defaultdict(int)
        self.open: list[tuple[date, int]] = []
        self.overdue: list[tuple[date, int]] = []

    def add(self, figure: str, currency: str, *, amount: int, converted: int | None) -> None:
        found = self.sums[figure, currency]
        found.exact += amount
        if converted is None:
            found.unrated += amount
        else:
            found.converted += converted

    def total(self, figure: str) -> int | None:
        mine = [found for (name, _), found in self.sums.items() if name == figure]
        return None if any(found.unrated for found in mine) else sum(found.converted for found in mine)

    def missing(self, figures: tuple[str, ...] = _FIGURES) -> set[str]:
        return {currency for (name, currency), found in self.sums.items() if name in figures and found.unrated}


class Oracle:
    """The figures of a world on one basis."""

    def __init__(self, world: World, basis: Basis) -> None:
        """Add everything up."""
        self.world, self.basis, self.day = world, basis, basis.as_of
        self.books: dict[int, _Book] = {customer.id or 0: _Book() for customer in world.customers}
        for invoice in world.invoices:
            self._add_invoice(invoice)
        for note in world.credits:
            self._add_credit(note)
        for payment in world.payments:
            self._add_payment(payment)
        self._add_attempts()

    def customer_rows(self) -> dict[int, Row]:
        """The rows of `customer_figures`, by customer."""
        return {customer: self._row(customer) for customer in self.books}

    def currency_rows(self) -> dict[tuple[int, str], Row]:
        """The rows of `customer_currency_figures`, by customer and currency."""
        rows: dict[tuple[int, str], Row] = {}
        for customer, book in self.books.items():
            for currency in {currency for _, currency in book.sums}:
                row: Row = {f"{name}_minor": book.sums[name, currency].exact for name in (*_DOCUMENT_FIGURES, "unutilised_credit", "unaccounted_payment")}
                if any(row.values()):
                    own = {"customer_id": customer, "currency": currency, "total_due_minor": row["outstanding_minor"]}
                    rows[customer, currency] = row | own
        return rows

    def invoice_amounts(self) -> dict[int, tuple[int, int, int]]:
        """Total, paid and due of each invoice in the books, exact."""
        return {invoice.id or 0: (invoice.total_minor, *self.settled(invoice)) for invoice in self.world.invoices if self.in_books(invoice)}

    def _row(self, customer: int) -> Row:
        book = self.books[customer]
        buckets = len(self.basis.buckets)
        row: Row = {f"{name}_minor": book.total(name) for name in _FIGURES}
        row |= {name: book.counts[name] for name in _COUNTS}
        for number in range(buckets + 1, 9):
            row[f"ageing_{number}_minor"] = None
        outstanding, overdue = book.total("outstanding"), book.total("overdue")
        credit, unaccounted = book.total("unutilised_credit"), book.total("unaccounted_payment")
        missing = book.missing()
        billed_here = [other.id or 0 for other in self.world.customers if other.bill_to_id == customer and other.id != customer]
        consolidated: dict[str, int | None] = {}
        for name in ("outstanding", "overdue"):
            parts = [book.total(name), *(self.books[other].total(name) for other in billed_here)]
            consolidated[name] = _total(parts)
        for other in billed_here:
            missing |= self.books[other].missing(("outstanding",))
        return row | {
            "customer_id": customer,
            "business_date": self.day,
            "total_due_minor": outstanding,
            "net_overdue_minor": _less(overdue, credit),
            "net_outstanding_minor": _less(_less(outstanding, credit), unaccounted),
            "consolidated_outstanding_minor": consolidated["outstanding"],
            "consolidated_overdue_minor": consolidated["overdue"],
            "oldest_invoice_id": min(book.open)[1] if book.open else None,
            "oldest_overdue_invoice_id": min(book.overdue)[1] if book.overdue else None,
            "is_complete": not missing,
            "missing_rates": sorted(missing) or None,
        }

    def converted(self, amount: int, currency: str, own_date: date) -> int | None:
        """In minor units of the workspace currency; None without a rate."""
        day = own_date if self.basis.conversion_date is ConversionDate.DOCUMENT_DATE else self.day
        rate = rate_on(self.world, currency, day=day, base=self.basis.base_currency)
        return None if rate is None else round(amount * rate)

    def in_books(self, document: Invoice | CreditNote) -> bool:
        """Whether a document counts on the day: there at its source, dated by then, no draft and not void yet."""
        if document.is_deleted or not document.is_authoritative or document.document_date > self.day or document.lifecycle == "DRAFT":
            return False
        return document.lifecycle != "VOID" or (document.voided_on is not None and document.voided_on > self.day)

    def settled(self, invoice: Invoice) -> tuple[int, int]:
        """What was paid of an invoice by the day, and what is due."""
        mine = [found for found in self.world.settlements if found.invoice_id == invoice.id and found.counts and found.effective_date <= self.day]
        paid = sum(found.amount_minor for found in mine if found.kind == "PAYMENT")
        everything = sum(found.amount_minor for found in mine)
        if invoice.residual_date is not None and invoice.residual_date <= self.day:
            paid += invoice.residual_paid_minor
            everything += invoice.residual_paid_minor + invoice.residual_adjusted_minor + invoice.residual_write_off_minor
        return paid, invoice.total_minor - everything

    def _add_invoice(self, invoice: Invoice) -> None:
        if not self.in_books(invoice):
            return
        book, currency = self.books[invoice.customer_id], invoice.currency
        paid, due = self.settled(invoice)

        def add(figure: str, amount: int) -> None:
            book.add(figure, currency, amount=amount, converted=self.converted(amount, currency, invoice.document_date))

        is_written_off = invoice.lifecycle == "WRITTEN_OFF" and not (invoice.written_off_on is not None and invoice.written_off_on > self.day)
        add("billed", invoice.total_minor)
        add("cash_received", paid)
        if invoice.residual_date is not None and invoice.residual_date <= self.day:
            book.counts["inferred_count"] += 1
        if is_written_off:
            return
        if due <= 0:
            add("total_paid", paid)
            return
        book.counts["open_invoice_count"] += 1
        book.open.append((invoice.document_date, invoice.id or 0))
        add("outstanding", due)
        if invoice.document_type != "OTHER":
            add("open_debits", due)
        self._age(invoice, due)

    def _age(self, invoice: Invoice, due: int) -> None:
        book = self.books[invoice.customer_id]
        pieces = self.due_pieces(invoice, due)
        buckets: set[int] = set()
        late: list[date] = []
        running = before = 0
        for due_date, amount in pieces:
            running += amount
            cumulated = self.converted(running, invoice.currency, invoice.document_date)
            converted = None if cumulated is None else cumulated - before
            before = cumulated or 0
            if not amount:
                continue
            number = self._bucket(due_date)
            book.add(f"ageing_{number}", invoice.currency, amount=amount, converted=converted)
            buckets.add(number)
            if due_date is not None and due_date < self.day - timedelta(days=self.basis.grace_days):
                book.add("overdue", invoice.currency, amount=amount, converted=converted)
                late.append(due_date)
        for number in buckets:
            book.counts[f"ageing_{number}_count"] += 1
        if late:
            book.counts["overdue_invoice_count"] += 1
            book.overdue.append((min(late), invoice.id or 0))

    def due_pieces(self, invoice: Invoice, due: int) -> list[tuple[date | None, int]]:
        """What is due, with the day of each part; nothing of a part that is settled."""
        parts = self.world.parts_of(invoice)
        if not parts:
            return [(invoice.due_date, due)]
        settled = sum(part.amount_minor for part in parts) - due
        pieces: list[tuple[date | None, int]] = []
        for part in parts:
            covered = min(part.amount_minor, settled)
            settled -= covered
            pieces.append((part.due_date, part.amount_minor - covered))
        return pieces

    def _bucket(self, due_date: date | None) -> int:
        days = 0 if due_date is None else (self.day - due_date).days
        for number, bucket in enumerate(self.basis.buckets, 1):
            if (bucket.first is None or days >= bucket.first) and (bucket.last is None or days <= bucket.last):
                return number
        raise AssertionError(days)

    def _add_credit(self, note: CreditNote) -> None:
        if not self.in_books(note):
            return
        unused = self.unused(note)
        book = self.books[note.customer_id]
        if note.residual_date is not None and note.residual_date <= self.day:
            book.counts["inferred_count"] += 1
        book.add("unutilised_credit", note.currency, amount=unused, converted=self.converted(unused, note.currency, note.document_date))

    def unused(self, note: CreditNote) -> int:
        """What of a credit note is set against no invoice, nor refunded."""
        mine = [found for found in self.world.settlements if found.credit_note_id == note.id and found.counts and found.effective_date <= self.day]
        residual = note.residual_minor if note.residual_date is not None and note.residual_date <= self.day else 0
        return note.total_minor - sum(found.allocated_minor for found in mine) - self.refunded(note) - residual

    def _add_payment(self, payment: Payment) -> None:
        there = payment.state == "SETTLED" or (
            payment.state in ("RETURNED", "CHARGED_BACK") and payment.reversed_on is not None and payment.reversed_on > self.day
        )
        if not there or payment.is_deleted or not payment.is_authoritative or payment.payment_date > self.day:
            return
        mine = [found for found in self.world.settlements if found.payment_id == payment.id and found.counts and found.effective_date <= self.day]
        unapplied = payment.amount_minor - sum(found.allocated_minor for found in mine) - self.refunded(payment)
        converted = self.converted(unapplied, payment.currency, payment.payment_date)
        self.books[payment.customer_id].add("unaccounted_payment", payment.currency, amount=unapplied, converted=converted)

    def _add_attempts(self) -> None:
        owners = {invoice.id: invoice.customer_id for invoice in self.world.invoices}
        counted = [self.counted_id(attempt) for attempt in self.world.attempts if self._was_attempted(attempt)]
        for invoice_id in counted:
            self.books[owners[invoice_id]].counts["payment_attempt_count"] += 1
        for invoice_id in set(counted):
            self.books[owners[invoice_id]].counts["attempted_invoice_count"] += 1

    def counted_id(self, attempt: PaymentAttempt) -> int | None:
        """The invoice that counts, where the attempt's own is the same as another system shows it."""
        named = next((invoice for invoice in self.world.invoices if invoice.id == attempt.invoice_id), None)
        return attempt.invoice_id if named is None or named.appearance_of_id is None else named.appearance_of_id

    def _was_attempted(self, attempt: PaymentAttempt) -> bool:
        of = next((invoice for invoice in self.world.invoices if invoice.id == self.counted_id(attempt)), None)
        is_ours = of is not None and self.in_books(of) and not attempt.is_deleted and attempt.kind != "CHARGEBACK"
        return is_ours and attempt.attempted_at.astimezone(self.basis.zone).date() <= self.day

    def refunded(self, owner: Payment | CreditNote) -> int:
        """What was given back of a payment or credit note."""
        return sum(
            refund.amount_minor
            for refund in self.world.refunds
            if (refund.payment_id if isinstance(owner, Payment) else refund.credit_note_id) == owner.id
            and refund.state == "SETTLED"
            and refund.currency == owner.currency
            and not refund.is_deleted
            and refund.refund_date <= self.day
        )


def _less(amount: int | None, other: int | None) -> int | None:
    return None if amount is None or other is None else amount - other


def _total(amounts: list[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None
