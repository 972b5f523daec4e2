"""What the store must hold, from the sandbox's ledger, and what it holds: one form for both, so that they can be compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from connectors.sandbox.world import World
from hub.model import (
    Contact,
    CreditNote,
    Customer,
    CustomerCurrencyFigures,
    ExchangeRate,
    ExternalReference,
    Invoice,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Refund,
    RejectedRecord,
    Settlement,
    Subscription,
    table_of,
)
from hub.model.columns import Row
from hub.vocabulary import RejectionStatus, Stream

Facts = dict[str, Any]
Known = dict[str, Facts]
"""Facts of living objects by external id."""

_REFERENCES = table_of(ExternalReference)
_HOME = sa.func.coalesce(_REFERENCES.c.home_id, _REFERENCES.c.entity_id)
_CURRENCIES = table_of(CustomerCurrencyFigures)
_SETTLEMENTS = table_of(Settlement)
_REJECTED = table_of(RejectedRecord)

_LIFECYCLES = {"draft": "DRAFT", "open": "ISSUED", "paid": "ISSUED", "void": "VOID", "written_off": "WRITTEN_OFF", "used": "ISSUED"}
_PAYMENTS = {"pending": "SUBMITTED", "settled": "SETTLED", "returned": "RETURNED", "charged_back": "CHARGED_BACK", "void": "VOIDED"}


# --- what must be ---------------------------------------------------------------------------------


def _customer(facts: Facts) -> Facts:
    sums = {"outstanding": "outstanding_minor", "unapplied": "unapplied_minor", "unused_credit": "unused_credit_minor"}
    money = {word: {currency: minor for currency, minor in facts[name].items() if minor} for word, name in sums.items()}
    return {"name": facts["name"], "parent": facts["parent_id"], "terms": facts["payment_terms_days"], **money}


def _invoice(facts: Facts) -> Facts:
    return {
        "customer": facts["customer_id"],
        "number": facts["number"],
        "currency": facts["currency"],
        "date": facts["date"],
        "due_date": facts["due_date"],
        "lifecycle": _LIFECYCLES[facts["status"]],
        "disputed": facts["disputed"],
        "total": facts["total_minor"],
        "paid": facts["paid_minor"],
        "credited": facts["credited_minor"],
        "written_off": facts["written_off_minor"],
        "due": 0 if facts["status"] == "void" else facts["due_minor"],
    }


def _credit_note(facts: Facts) -> Facts:
    return {
        "customer": facts["customer_id"],
        "currency": facts["currency"],
        "date": facts["date"],
        "lifecycle": _LIFECYCLES[facts["status"]],
        "total": facts["total_minor"],
        "allocated": facts["allocated_minor"],
        "refunded": facts["refunded_minor"],
        "unused": facts["unused_minor"],
    }


def _payment(facts: Facts) -> Facts:
    return {
        "customer": facts["customer_id"],
        "currency": facts["currency"],
        "amount": facts["amount_minor"],
        "date": facts["date"],
        "state": _PAYMENTS[facts["status"]],
        "returned_on": facts["returned_on"],
        "unapplied": facts["unapplied_minor"],
        "allocations": sorted((name, minor) for name, minor, _ in facts["allocations"]),
    }


def _refund(facts: Facts) -> Facts:
    state = {"settled": "SETTLED", "void": "VOIDED"}[facts["status"]]
    return {"customer": facts["customer_id"], "amount": facts["amount_minor"], "state": state, "date": facts["date"]}


def _rate(facts: Facts) -> Facts:
    return {"currency": facts["currency"], "date": facts["date"], "rate": Decimal(facts["rate"])}


def _company(facts: Facts) -> Facts:
    return {"name": facts["name"]}


def _contact(facts: Facts) -> Facts:
    return {"customer": facts["company_id"], "name": facts["name"], "email": facts["email"], "is_primary": facts["is_primary"]}


def _subscription(facts: Facts) -> Facts:
    return {"customer": facts["company_id"], "plan": facts["plan"], "status": facts["status"].upper(), "ends_on": facts["ends_on"]}


def _method(facts: Facts) -> Facts:
    return {"customer": facts["customer_id"], "last_four": facts["last_four"], "status": facts["status"].upper(), "is_primary": facts["is_primary"]}


def _charge(facts: Facts) -> Facts:
    return {"customer": facts["customer_id"], "currency": facts["currency"], "amount": facts["amount_minor"], "status": facts["status"]}


EXPECTED: Mapping[str, Mapping[str, tuple[Stream, Callable[[Facts], Facts]]]] = {
    "accounting": {
        "customers": (Stream.CUSTOMERS, _customer),
        "invoices": (Stream.INVOICES, _invoice),
        "credit_notes": (Stream.CREDIT_NOTES, _credit_note),
        "payments": (Stream.PAYMENTS, _payment),
        "refunds": (Stream.REFUNDS, _refund),
        "rates": (Stream.EXCHANGE_RATES, _rate),
    },
    "crm": {"companies": (Stream.CUSTOMERS, _company), "contacts": (Stream.CONTACTS, _contact), "subscriptions": (Stream.SUBSCRIPTIONS, _subscription)},
    "gateway": {
        "customers": (Stream.CUSTOMERS, _company),
        "payment_methods": (Stream.PAYMENT_METHODS, _method),
        "charges": (Stream.PAYMENT_ATTEMPTS, _charge),
    },
}


def expected(world: World, system: str) -> dict[Stream, Known]:
    """The living objects of a system, with the facts that a reader must end with."""
    truth = world.ledger.truth(system)
    return {
        stream: {name: form(facts) for name, facts in truth[collection].items() if not facts["deleted"]}
        for collection, (stream, form) in EXPECTED[system].items()
    }


# --- what is --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads what one connection has delivered."""

    connection: sa.Connection
    connection_id: int

    def rows(self, row: type[Row], stream: Stream) -> dict[str, Any]:
        """Living rows by external id, each with what its own source says; a row that lives without its reference, or the other way round, is an error.

        Customers that were made one live as long as any of their references does.
        """
        table = table_of(row)
        columns = [column.label(column.name) for column in table.columns]
        own = (_REFERENCES.c.external_id, _REFERENCES.c.is_deleted_at_source, _REFERENCES.c.entity_id)
        statement = sa.select(*own, *columns).join(table, table.c.id == _HOME)
        shared = self._shared(stream)
        found: dict[str, Any] = {}
        for each in self.connection.execute(statement.where(_REFERENCES.c.connection_id == self.connection_id, _REFERENCES.c.stream == stream)):
            is_alone = each.entity_id not in shared
            assert not is_alone or each.is_deleted == each.is_deleted_at_source, f"{stream} {each.external_id} is deleted here and not there"
            if not each.is_deleted_at_source:
                found[each.external_id] = each
        return found

    def _shared(self, stream: Stream) -> set[int]:
        """The rows of a stream that several references lead to."""
        several = sa.select(_REFERENCES.c.entity_id).where(_REFERENCES.c.stream == stream).group_by(_REFERENCES.c.entity_id).having(sa.func.count() > 1)
        return set(self.connection.execute(several).scalars())

    def names(self, stream: Stream) -> dict[int, str]:
        """External ids by the row that each has made."""
        columns = (_HOME, _REFERENCES.c.external_id)
        mine = sa.and_(_REFERENCES.c.connection_id == self.connection_id, _REFERENCES.c.stream == stream)
        return {row[0]: row[1] for row in self.connection.execute(sa.select(*columns).where(mine))}

    def sums(self) -> dict[int, dict[str, dict[str, int]]]:
        """What customers owe and have left, by currency, without zeros."""
        found: dict[int, dict[str, dict[str, int]]] = {}
        for row in self.connection.execute(sa.select(_CURRENCIES)):
            money = {"outstanding": row.outstanding_minor, "unapplied": row.unaccounted_payment_minor, "unused_credit": row.unutilised_credit_minor}
            for word, minor in money.items():
                if minor:
                    found.setdefault(row.customer_id, {}).setdefault(word, {})[row.currency] = minor
        return found

    def allocations(self) -> dict[int, list[tuple[str, int]]]:
        """What each payment says it is set against; reversals take back the same."""
        columns = (_SETTLEMENTS.c.payment_id, _SETTLEMENTS.c.invoice_external_id, _SETTLEMENTS.c.amount_minor)
        found: dict[int, list[tuple[str, int]]] = {}
        statement = sa.select(*columns).where(_SETTLEMENTS.c.payment_id.is_not(None), _SETTLEMENTS.c.reversed_on.is_(None))
        for payment_id, name, minor in self.connection.execute(statement):
            found.setdefault(payment_id, []).append((name, minor))
        return {key: sorted(items) for key, items in found.items()}


def actual(connection: sa.Connection, connection_id: int, system: str) -> dict[Stream, Known]:
    """The living objects that a connection has delivered, with the facts that the store holds of them."""
    return _ACTUAL[system](_Reader(connection, connection_id))


def _accounting(reader: _Reader) -> dict[Stream, Known]:
    names, sums, allocations = reader.names(Stream.CUSTOMERS), reader.sums(), reader.allocations()
    nothing: dict[str, dict[str, int]] = {"outstanding": {}, "unapplied": {}, "unused_credit": {}}
    return {
        Stream.CUSTOMERS: {
            key: {"name": row.name, "parent": row.parent_external_id, "terms": row.payment_terms_days} | nothing | sums.get(row.id, {})
            for key, row in reader.rows(Customer, Stream.CUSTOMERS).items()
        },
        Stream.INVOICES: {key: _invoice_row(row, names) for key, row in reader.rows(Invoice, Stream.INVOICES).items()},
        Stream.CREDIT_NOTES: {
            key: {
                "customer": names[_home(row)],
                "currency": row.currency,
                "date": row.document_date,
                "lifecycle": row.lifecycle.value,
                "total": row.total_minor,
                "allocated": row.allocated_minor,
                "refunded": row.refunded_minor,
                "unused": row.unutilised_minor,
            }
            for key, row in reader.rows(CreditNote, Stream.CREDIT_NOTES).items()
        },
        Stream.PAYMENTS: {
            key: {
                "customer": names[_home(row)],
                "currency": row.currency,
                "amount": row.amount_minor,
                "date": row.payment_date,
                "state": row.state.value,
                "returned_on": row.reversed_on,
                "unapplied": row.unapplied_minor,
                "allocations": allocations.get(row.id, []),
            }
            for key, row in reader.rows(Payment, Stream.PAYMENTS).items()
        },
        Stream.REFUNDS: {
            key: {"customer": names[_home(row)], "amount": row.amount_minor, "state": row.state.value, "date": row.refund_date}
            for key, row in reader.rows(Refund, Stream.REFUNDS).items()
        },
        Stream.EXCHANGE_RATES: {
            key: {"currency": row.currency, "date": row.rate_date, "rate": Decimal(row.numerator) / row.denominator}
            for key, row in reader.rows(ExchangeRate, Stream.EXCHANGE_RATES).items()
        },
    }


def _home(row: Any) -> int:  # noqa: ANN401 - a row of a statement
    """The customer that a row's own source names."""
    return row.home_customer_id or row.customer_id


def _invoice_row(row: Any, names: Mapping[int, str]) -> Facts:  # noqa: ANN401 - a row of a statement
    return {
        "customer": names[_home(row)],
        "number": row.number,
        "currency": row.currency,
        "date": row.document_date,
        "due_date": row.due_date,
        "lifecycle": row.lifecycle.value,
        "disputed": row.is_disputed,
        "total": row.total_minor,
        "paid": row.amount_paid_minor,
        "credited": row.amount_adjusted_minor,
        "written_off": row.write_off_minor,
        "due": row.amount_due_minor if row.lifecycle.value != "VOID" else 0,
    }


def _crm(reader: _Reader) -> dict[Stream, Known]:
    names = reader.names(Stream.CUSTOMERS)
    return {
        Stream.CUSTOMERS: {key: {"name": row.name} for key, row in reader.rows(Customer, Stream.CUSTOMERS).items()},
        Stream.CONTACTS: {
            key: {"customer": names[_home(row)], "name": row.name, "email": row.email, "is_primary": row.is_primary}
            for key, row in reader.rows(Contact, Stream.CONTACTS).items()
        },
        Stream.SUBSCRIPTIONS: {
            key: {"customer": names[_home(row)], "plan": row.plan, "status": row.status.value, "ends_on": row.ends_on}
            for key, row in reader.rows(Subscription, Stream.SUBSCRIPTIONS).items()
        },
    }


def _gateway(reader: _Reader) -> dict[Stream, Known]:
    names = reader.names(Stream.CUSTOMERS)
    return {
        Stream.CUSTOMERS: {key: {"name": row.name} for key, row in reader.rows(Customer, Stream.CUSTOMERS).items()},
        Stream.PAYMENT_METHODS: {
            key: {
                "customer": names[_home(row)],
                "last_four": row.last_four,
                "status": row.status.value,
                "is_primary": row.is_primary,
            }
            for key, row in reader.rows(PaymentMethod, Stream.PAYMENT_METHODS).items()
        },
        Stream.PAYMENT_ATTEMPTS: {
            key: {"customer": names[_home(row)], "currency": row.currency, "amount": row.amount_minor, "status": row.source_status}
            for key, row in reader.rows(PaymentAttempt, Stream.PAYMENT_ATTEMPTS).items()
        },
    }


_ACTUAL: Mapping[str, Callable[[_Reader], dict[Stream, Known]]] = {"accounting": _accounting, "crm": _crm, "gateway": _gateway}


# --- the difference -------------------------------------------------------------------------------


def _unreadable(world: World, connection: sa.Connection, *, system: str, connection_id: int) -> dict[Stream, set[str]]:
    """What is broken at its source, and known to be: whoever had not read it before cannot have it, and says so."""
    columns = (_REJECTED.c.stream, _REJECTED.c.external_id)
    mine = sa.and_(_REJECTED.c.connection_id == connection_id, _REJECTED.c.status == RejectionStatus.OPEN)
    told = {(row.stream, row.external_id) for row in connection.execute(sa.select(*columns).where(mine))}
    poisoned = world.ledger.poisoned(system)
    return {stream: {name for name in poisoned.get(collection, ()) if (stream, name) in told} for collection, (stream, _) in EXPECTED[system].items()}


def differences(world: World, connection: sa.Connection, *, system: str, connection_id: int) -> list[str]:
    """Everything in which the store differs from the ledger, a line each; empty when nothing does."""
    must, found = expected(world, system), actual(connection, connection_id, system)
    unreadable = _unreadable(world, connection, system=system, connection_id=connection_id)
    lines: list[str] = []
    for stream, objects in must.items():
        have = found[stream]
        readable_customers = must[Stream.CUSTOMERS].keys() - unreadable[Stream.CUSTOMERS]
        may_wait = {name for name, facts in objects.items() if "customer" in facts and facts["customer"] not in readable_customers}
        may_be_missing = may_wait | unreadable[stream]
        lines += [f"{system} {stream.value} {name}: missing" for name in sorted(objects.keys() - have.keys() - may_be_missing)]
        lines += [f"{system} {stream.value} {name}: not there any more" for name in sorted(have.keys() - objects.keys())]
        for name in sorted(objects.keys() & have.keys()):
            lines += [
                f"{system} {stream.value} {name}.{word}: {have[name].get(word)!r} instead of {value!r}"
                for word, value in objects[name].items()
                if have[name].get(word) != value
            ]
    return lines
