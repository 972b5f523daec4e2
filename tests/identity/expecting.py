"""What the store must show, worked out of the ledger and of what people have set; in the form in which the desk reads it."""

from typing import Any

from hub.model import Contact, CreditNote, Invoice, Payment
from hub.vocabulary import Entity
from tests.identity.desk import FIGURES, Line, Shown
from tests.identity.ledger import CUSTOMER_FIELDS, PARENT, STREAM_OF, Bill, Credit, Document, Key, Money, Person
from tests.identity.set_values import DEEDS, SetValues

_ROWS: dict[type[Document], type[Any]] = {Bill: Invoice, Money: Payment, Credit: CreditNote, Person: Contact}


def expected(people: SetValues, *, has_shared_numbers: bool) -> Shown:
    """What the store must show. `has_shared_numbers`: one number in two systems is one invoice."""
    documents: dict[type[Any], dict[Key, Line]] = {}
    for kind, some in people.ledger.documents.items():
        documents[_ROWS[kind]] = {key: _line(people, key, said, has_shared_numbers=has_shared_numbers) for key, said in some.items()}
    standing: list[Line] = [(ours.entity, ours.row, ours.field, ours.value) for ours in people.standing]
    asked: dict[Line, Line] = {}
    for ours in people.asked():
        asked[ours.entity, ours.row, ours.field] = (ours.value, None if ours.field in (*DEEDS, PARENT) else ours.theirs)
    return Shown(_customers(people), documents, standing, asked)


def _customers(people: SetValues) -> dict[Key, Line]:
    ledger, found = people.ledger, dict[Key, Line]()
    figures = {head: _figures(people, head) for head in ledger.heads()}
    billed = {head: people.billed_to(head) for head in ledger.heads()}
    for key, into in ledger.merged.items():
        found[key] = (ledger.counting(key), into, True, [0] * len(FIGURES), ())
    for head, sums in figures.items():
        consolidated = sum(figures[one][0] for one, to in billed.items() if head in (one, to))
        values = (people.value(head, field) for field in CUSTOMER_FIELDS)
        is_deleted = all(map(ledger.is_gone, ledger.group(head)))
        found[head] = (head, None, is_deleted, [*sums[:-1], consolidated, sums[-1]], (*values, people.parent(head), billed[head]))
    return found


def _figures(people: SetValues, head: Key) -> list[int]:
    """The figures of a customer that counts, in the order of FIGURES, without what others owe that is billed to it."""
    ledger = people.ledger
    mine = {key: bill for key, bill in ledger.living(Bill).items() if _is_of(people, head, key, said=bill) and not people.is_void(key)}
    amounts = [people.amounts(key) for key in mine]
    due = [due for _, _, due in amounts if due > 0]
    settled = sum(paid for paid, _, due in amounts if due <= 0)
    credit = sum(_unused(people, key, note) for key, note in ledger.living(Credit).items() if _is_of(people, head, key, said=note))
    loose = sum(_unused(people, key, money) for key, money in ledger.living(Money).items() if _is_of(people, head, key, said=money))
    billed, received = sum(bill.total for bill in mine.values()), sum(paid for paid, _, _ in amounts)
    return [sum(due), sum(due), settled, billed, received, credit, loose, sum(due) - credit - loose, len(due)]


def _line(people: SetValues, key: Key, said: Document, *, has_shared_numbers: bool) -> Line:
    ledger, home = people.ledger, (key[0], said.customer)
    whose = (ledger.counting(home), home, isinstance(said, Person) or ledger.counts(key, said), (STREAM_OF[type(said)], key) in ledger.gone)
    match said:
        case Bill():
            parts = [*people.amounts(key), people.shown(Entity.INVOICE, key, "contract")]
            return *whose, parts, people.is_void(key), _appearance_of(people, key, said) if has_shared_numbers else None
        case Money() | Credit():
            return *whose, [_unused(people, key, said)]
        case Person():
            return *whose, [people.shown(Entity.CONTACT, key, "email")]


def _appearance_of(people: SetValues, key: Key, bill: Bill) -> Key | None:
    """The one invoice that counts of which another system's is an appearance."""
    ledger = people.ledger
    if ledger.counts(key, bill):
        return None
    head = ledger.counting((key[0], bill.customer))
    alike = {other: one for other, one in ledger.living(Bill).items() if (other[1], one.total) == (key[1], bill.total)}
    same = [other for other, one in alike.items() if _is_of(people, head, other, said=one)]
    return same[0] if len(same) == 1 else None


def _unused(people: SetValues, key: Key, said: Money | Credit) -> int:
    """What of a payment or credit note is set against nothing."""
    if isinstance(said, Money) and said.state != "SETTLED":
        return 0
    is_set = (STREAM_OF[type(said)], key) not in people.ledger.gone and people.ledger.counts(key, said)
    return said.amount - (sum(part for _, part in said.on) if is_set else 0)


def _is_of(people: SetValues, head: Key, key: Key, *, said: Document) -> bool:
    """Whether a document counts for a customer."""
    return people.ledger.counting((key[0], said.customer)) == head and people.ledger.counts(key, said)
