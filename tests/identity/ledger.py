"""What the hub must show of customers, documents and money, once more in plain Python: what each source said last, and who is one with whom.

Nothing here is computed by code of the hub. It is the ledger that the state machine (test_state_machine.py) is held against. Amounts are minor
units of one currency, and every date is past, so what is open is overdue.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from hub.vocabulary import Stream

Key = tuple[str, str]
"""A system, and the external id there."""

BOOKS, CRM, GATE = "books", "crm", "gate"
SPEAKING: Mapping[Stream, Sequence[str]] = {Stream.INVOICES: (BOOKS, CRM), Stream.PAYMENTS: (BOOKS, CRM, GATE)}
"""Which systems can speak for a customer's invoices and payments, the first one first; a gateway never speaks for invoices."""

CUSTOMER_FIELDS = ("name", "phone", "sales_owner", "city", "country", "source_handling")
PARENT = "parent_id"
_ASKED_FIRST = {"sales_owner": (CRM, BOOKS, GATE)}
_TOGETHER = ("city", "country")
_STRICTNESS = ("ACTIVE", "HOLD", "CLOSED")


@dataclass(frozen=True, slots=True)
class Party:
    """What a source says of a customer; `parent` is its external id there."""

    name: str = "Acme"
    phone: str | None = None
    sales_owner: str | None = None
    city: str | None = None
    country: str | None = None
    source_handling: str = "ACTIVE"
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """What a source says of an invoice; `balance` is what it says is open of it, None: it does not say."""

    customer: str
    total: int
    balance: int | None = None
    is_void: bool = False
    contract: str | None = None

    @property
    def left_open(self) -> int:
        """What its source alone leaves open."""
        return self.total if self.balance is None else self.balance


@dataclass(frozen=True, slots=True)
class Money:
    """What a source says of a payment; `on` is what of it is set against which invoices."""

    customer: str
    amount: int
    on: Sequence[tuple[str, int]] = ()
    state: str = "SETTLED"


@dataclass(frozen=True, slots=True)
class Credit:
    """What a source says of a credit note."""

    customer: str
    amount: int
    on: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """What a source says of a contact."""

    customer: str
    email: str | None = None


Document = Bill | Money | Credit | Person
D = TypeVar("D", bound=Bill | Money | Credit | Person)

STREAM_OF: Mapping[type[Party | Document], Stream] = {
    Party: Stream.CUSTOMERS,
    Bill: Stream.INVOICES,
    Money: Stream.PAYMENTS,
    Credit: Stream.CREDIT_NOTES,
    Person: Stream.CONTACTS,
}


@dataclass(frozen=True, slots=True)
class Believed:
    """What the sources together say of a field: the value, whose it is (None: nobody has one), and who is asked, down to whoever is believed.

    A parent is told by the customer that counts for it.
    """

    value: str | Key | None
    by: Key | None
    heard: Sequence[Key]


@dataclass
class Ledger:
    """What was said last, and who is one with whom."""

    parties: dict[Key, Party]
    documents: dict[type[Document], dict[Key, Document]] = field(default_factory=lambda: {Bill: {}, Money: {}, Credit: {}, Person: {}})
    gone: set[tuple[Stream, Key]] = field(default_factory=set[tuple[Stream, Key]])
    merged: dict[Key, Key] = field(default_factory=dict[Key, Key])

    # --- who is one with whom -----------------------------------------------------------------------

    def counting(self, key: Key) -> Key:
        """The customer that counts for one."""
        while key in self.merged:
            key = self.merged[key]
        return key

    def group(self, key: Key) -> list[Key]:
        """Everyone who is one with a customer, in the order in which they came; whoever counts is among them."""
        head = self.counting(key)
        return [other for other in self.parties if self.counting(other) == head]

    def heads(self) -> list[Key]:
        """The customers that count."""
        return [key for key in self.parties if key not in self.merged]

    def is_gone(self, key: Key) -> bool:
        """Whether a source has deleted its customer."""
        return (Stream.CUSTOMERS, key) in self.gone

    # --- whose values count -------------------------------------------------------------------------

    def asked(self, head: Key, name: str) -> list[Key]:
        """The sources of a customer in the order in which they are asked for a field."""
        if name == "source_handling":
            return self.group(head)
        order = _ASKED_FIRST.get(name, (BOOKS, CRM, GATE))
        own_first = sorted(self.group(head), key=lambda key: key != head)
        return sorted(own_first, key=lambda key: (self.is_gone(key), order.index(key[0])))

    def says(self, key: Key, name: str) -> str | None:
        """What one source says of a field; a parent by its external id there."""
        found: str | None = getattr(self.parties[key], name.removesuffix("_id"))
        return found

    def believed(self, head: Key, name: str) -> Believed:
        """What the sources of a customer together say of a field."""
        asked = self.asked(head, name)
        if name == "source_handling":
            living = [key for key in asked if not self.is_gone(key)] or asked
            strictest = max(living, key=lambda key: (_STRICTNESS.index(self.parties[key].source_handling), -living.index(key)))
            return Believed(self.parties[strictest].source_handling, strictest, living)
        together = _TOGETHER if name in _TOGETHER else (name,)
        first = next((key for key in asked if any(self.says(key, one) is not None for one in together)), None)
        value = None if first is None else self.says(first, name)
        if name == PARENT and first is not None and value is not None:
            value = self.counting((first[0], value))
        return Believed(value, None if value is None else first, asked if first is None else asked[: asked.index(first) + 1])

    def says_something_else(self, head: Key, name: str, seen: Mapping[Key, str | None]) -> bool:
        """Whether those who are heard say something else of a field than was seen; whoever was not seen has always said the same."""
        heard = self.believed(head, name).heard
        now = [self.says(key, name) for key in heard]
        before = [seen.get(key, self.says(key, name)) for key in heard]
        if name == "source_handling":
            return max(map(_strictness, now)) != max(map(_strictness, before))
        return _first(now) != _first(before)

    # --- the hierarchy ------------------------------------------------------------------------------

    def parent(self, head: Key) -> Key | None:
        """The customer above one: by the first source that names another one than itself."""
        named = (self.counting((key[0], above)) for key in self.asked(head, PARENT) if (above := self.parties[key].parent) is not None)
        return next((above for above in named if above != head), None)

    def has_circle(self, set_by_people: Collection[tuple[Key, Key]] = ()) -> bool:
        """Whether the parents that any source names or people have set, all taken together, run in a circle; also within one system."""
        named = {(key, (key[0], party.parent)) for key, party in self.parties.items() if party.parent is not None}
        across = {(self.counting(one), self.counting(other)) for one, other in {*named, *set_by_people}}
        return _runs_in_circle({(one, other) for one, other in across if one != other}) or _runs_in_circle(named)

    # --- documents ----------------------------------------------------------------------------------

    def all_of(self, kind: type[D]) -> dict[Key, D]:
        """The documents of a kind, those that are gone too."""
        return {key: found for key, found in self.documents[kind].items() if isinstance(found, kind)}

    def living(self, kind: type[D]) -> dict[Key, D]:
        """The documents of a kind that their source has."""
        return {key: found for key, found in self.all_of(kind).items() if (STREAM_OF[kind], key) not in self.gone}

    def speaker(self, key: Key, stream: Stream) -> str | None:
        """The system that speaks for a customer: of those that still have it, else of those that ever had; None: nobody does.

        A system that never delivered anything of the stream does not speak for it.
        """
        ever = self.group(key)
        living = {one[0] for one in ever if not self.is_gone(one)}
        kinds = (Money,) if stream is Stream.PAYMENTS else (Bill, Credit)
        delivering = {system for kind in kinds for system, _ in self.documents[kind]}
        order = [system for system in SPEAKING[stream] if system in delivering]
        return next((system for known in (living, {one[0] for one in ever}) for system in order if system in known), None)

    def counts(self, key: Key, document: Document) -> bool:
        """Whether the system that says it speaks for its customer, or nobody does."""
        stream = Stream.PAYMENTS if isinstance(document, Money) else Stream.INVOICES
        return self.speaker((key[0], document.customer), stream) in (None, key[0])

    def settling(self, bill: Key) -> list[tuple[type[Document], Key, int]]:
        """What counts as set against an invoice: the kind and key of what it is from, and how much."""
        found: list[tuple[type[Document], Key, int]] = []
        for kind in (Money, Credit):
            for key, each in self.living(kind).items():
                is_money = isinstance(each, Money)
                if key[0] == bill[0] and self.counts(key, each) and not (is_money and each.state != "SETTLED"):
                    found += [(kind, key, amount) for invoice, amount in each.on if invoice == bill[1]]
        return found

    def reach(self, keys: Iterable[Key], set_by_people: Collection[tuple[Key, Key]] = ()) -> set[Key]:
        """Customers with all that depend on them: who is one with them, above or below them, or has money set against their invoices."""
        links = [*set_by_people, *((key, self.counting(key)) for key in self.parties)]
        links += [(key, (key[0], party.parent)) for key, party in self.parties.items() if party.parent is not None]
        bills = self.all_of(Bill)
        for each in (self.all_of(Money), self.all_of(Credit)):
            for key, document in each.items():
                on = [(key[0], bills[key[0], invoice].customer) for invoice, _ in document.on if (key[0], invoice) in bills]
                links += [((key[0], document.customer), other) for other in on]
        found, before = set(keys), set[Key]()
        while found != before:
            before = set(found)
            found |= {end for link in links if found & set(link) for end in link}
        return found

    def with_change(self, *, parties: dict[Key, Party] | None = None, merged: dict[Key, Key] | None = None) -> "Ledger":
        """A ledger in which something else was said or merged, to look at what would come of it."""
        return replace(self, parties=self.parties if parties is None else parties, merged=self.merged if merged is None else merged)


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value is not None), None)


def _strictness(value: str | None) -> int:
    return _STRICTNESS.index(value or "ACTIVE")


def _runs_in_circle(links: Collection[tuple[Key, Key]]) -> bool:
    left = set(links)
    while left:
        tops = {above for _, above in left} - {below for below, _ in left}
        if not tops:
            return True
        left = {(below, above) for below, above in left if above not in tops}
    return False
