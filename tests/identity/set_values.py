"""What people have set over the sources, and what there is to decide of it, in plain Python: beside the ledger of what the sources say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hub.vocabulary import ConflictDecision, Entity
from tests.identity.ledger import PARENT, Bill, Key, Ledger, Money, Person

DEEDS = ("void", "paid")
"""What is done to an invoice. A source that says nothing against it agrees."""

Settled = list[tuple[type, Key, int]]


@dataclass(eq=False)
class Ours:
    """One value that stands over what the sources say of a field of one row.

    `seen` is what each source of a customer said when the value was set, or when it first came to the customer; None: it is taken for said at the
    next look. `said` is the same of a row with one source. `theirs` is what they say now. `counts`: ours is the value that shows.
    `is_asked`: there is a conflict to decide. `may_be_asked`: a rule was taken back meanwhile, and nobody has looked since.
    """

    entity: Entity
    row: Key
    field: str
    value: str | Key | None
    seen: Mapping[Key, str | None] | None = None
    said: object = None
    theirs: object = None
    counts: bool = True
    is_asked: bool = False
    may_be_asked: bool = False


@dataclass
class SetValues:
    """Everything that people have set and that stands, oldest first, and what they have decided for every time."""

    ledger: Ledger
    standing: list[Ours] = field(default_factory=list[Ours])
    rules: dict[tuple[Entity, str], ConflictDecision] = field(default_factory=dict[tuple[Entity, str], ConflictDecision])

    # --- what shows ---------------------------------------------------------------------------------

    def chosen(self, head: Key, name: str) -> Ours | None:
        """What is set of a customer's field: its own before that of those who are one with it, then the newest."""
        group = self.ledger.group(head)
        found = [ours for ours in self.standing if ours.entity is Entity.CUSTOMER and ours.field == name and ours.row in group]
        return max(found, key=lambda ours: (ours.row == head, self.standing.index(ours)), default=None)

    def of_row(self, entity: Entity, row: Key, name: str) -> Ours | None:
        """What is set of a field of a row with one source."""
        return next((ours for ours in self.standing if (ours.entity, ours.row, ours.field) == (entity, row, name)), None)

    def which(self, ours: Ours) -> Ours | None:
        """What shows in the place of a value that was set: itself, or another one."""
        return self.chosen(self.ledger.counting(ours.row), ours.field) if ours.entity is Entity.CUSTOMER else ours

    def value(self, head: Key, name: str) -> str | Key | None:
        """What a customer's field shows."""
        ours = self.chosen(head, name)
        return ours.value if ours is not None and ours.counts else self.ledger.believed(head, name).value

    def shown(self, entity: Entity, row: Key, name: str) -> str | Key | None:
        """What a field of an invoice or a contact shows; of a deed, the day of it where it is done here."""
        ours = self.of_row(entity, row, name)
        theirs = self._says(row, name)
        if ours is not None and ours.counts:
            return ours.value
        return theirs if isinstance(theirs, str) and name not in DEEDS else None

    # --- the hierarchy ------------------------------------------------------------------------------

    @property
    def parents_set(self) -> list[tuple[Key, Key]]:
        """Customers of which people have said who stands above them, each with that one."""
        return [(ours.row, ours.value) for ours in self.standing if ours.field == PARENT and isinstance(ours.value, tuple)]

    def parent(self, head: Key) -> Key | None:
        """The customer above one: whom people have set, else by what the sources say."""
        ours = self.chosen(head, PARENT)
        if ours is None or not ours.counts:
            return self.ledger.parent(head)
        above = self.ledger.counting(ours.value) if isinstance(ours.value, tuple) else None
        return None if above == head else above

    def billed_to(self, head: Key) -> Key:
        """The topmost customer above one, else itself."""
        while (above := self.parent(head)) is not None:
            head = above
        return head

    def stands_above(self, one: Key, other: Key) -> bool:
        """Whether a customer is the other one, or stands above it."""
        at: Key | None = other
        while at is not None and at != one:
            at = self.parent(at)
        return at == one

    def of(self, entity: Entity) -> list[Ours]:
        """What is set of rows of a kind."""
        return [ours for ours in self.standing if ours.entity is entity]

    def asked(self) -> list[Ours]:
        """What there is to decide."""
        return [ours for ours in self.standing if ours.is_asked]

    # --- what is open of an invoice -----------------------------------------------------------------

    def is_void(self, key: Key) -> bool:
        """Whether an invoice is void, by its source or here."""
        return self.ledger.all_of(Bill)[key].is_void or self.shown(Entity.INVOICE, key, "void") is not None

    def amounts(self, key: Key) -> tuple[int, int, int]:
        """What of an invoice is paid, adjusted by credit notes, and due."""
        bill, settling = self.ledger.all_of(Bill)[key], self.ledger.settling(key)
        paid = sum(amount for kind, _, amount in settling if kind is Money)
        adjusted = sum(amount for _, _, amount in settling) - paid
        balance = 0 if self.shown(Entity.INVOICE, key, "paid") is not None else bill.balance
        if balance is not None and not self.is_void(key):
            paid = max(paid, bill.total - balance - adjusted)
        return paid, adjusted, bill.total - paid - adjusted

    def left_open(self, key: Key) -> int:
        """What its source and the money that counts leave open, whatever people say."""
        bill, settling = self.ledger.all_of(Bill)[key], sum(amount for _, _, amount in self.ledger.settling(key))
        return min(bill.total - settling, bill.left_open)

    def can_be(self, key: Key, deed: str) -> bool:
        """Whether an invoice can be voided or marked as paid, as its source has it."""
        return not self.ledger.all_of(Bill)[key].is_void and (deed == "void" or self.left_open(key) > 0)

    # --- what people do -----------------------------------------------------------------------------

    def set_of_customer(self, head: Key, name: str, value: str | Key | None) -> None:
        """A person says what a customer's field is."""
        self._forget(ours for ours in self.standing if (ours.entity, ours.row, ours.field) == (Entity.CUSTOMER, head, name))
        seen = {key: self.ledger.says(key, name) for key in self.ledger.group(head)}
        self.standing.append(Ours(Entity.CUSTOMER, head, name, value, seen=seen))
        self.look_at_customer(head, is_said=False)

    def set_of_row(self, entity: Entity, row: Key, *, name: str, value: str | None) -> None:
        """A person says what a field of an invoice or a contact is, or does something to an invoice."""
        self._forget(ours for ours in self.standing if (ours.entity, ours.row, ours.field) == (entity, row, name))
        self.standing.append(Ours(entity, row, name, value, said=self._says(row, name)))
        self.look_at_row(entity, row, is_said=False)

    def clear(self, ours: Ours) -> None:
        """A person lets the sources' value count again; of a customer, over what everyone who is one with it has set."""
        self._forget(self._as_one(ours))
        self._look_at(ours)

    def decide(self, conflict: Ours, decision: ConflictDecision) -> None:
        """A person decides a conflict, or all that are open about its field."""
        about = [conflict]
        if decision in (ConflictDecision.ALWAYS_OURS, ConflictDecision.ALWAYS_THEIRS):
            self.rules[conflict.entity, conflict.field] = decision
            about = [ours for ours in self.asked() if (ours.entity, ours.field) == (conflict.entity, conflict.field)]
        for ours in about:
            ours.is_asked = False
            ours.seen, ours.said = None, self._says(ours.row, ours.field)
            if decision in (ConflictDecision.TAKE_THEIRS, ConflictDecision.ALWAYS_THEIRS):
                self._forget(self._as_one(ours))
        for ours in about:
            self._look_at(ours)

    def clear_rule(self, entity: Entity, name: str) -> None:
        """A person decides nothing beforehand any more."""
        del self.rules[entity, name]
        for ours in self.standing:
            ours.may_be_asked |= (ours.entity, ours.field) == (entity, name)

    # --- what follows from what sources say ---------------------------------------------------------

    def look_at_customer(self, key: Key, *, is_said: bool) -> None:
        """Bring what is set of a customer in line with what its sources say; `is_said`: one of them has just spoken."""
        head = self.ledger.counting(key)
        group = self.ledger.group(head)
        mine = [ours for ours in self.standing if ours.entity is Entity.CUSTOMER and ours.row in group]
        for name in {ours.field for ours in mine}:
            chosen = self.chosen(head, name)
            beneath = [ours for ours in mine if ours.field == name and ours is not chosen]
            for ours in beneath:
                ours.is_asked = ours.may_be_asked = False
            if chosen is not None:
                self._judge_of_customer(head, chosen, is_said=is_said and not beneath)

    def look_at_parents(self) -> None:
        """Customers were made one, or two again: that changes whether a parent that people have set is the one that the sources name."""
        for head in self.ledger.heads():
            ours = self.chosen(head, PARENT)
            if ours is not None:
                self._judge_of_customer(head, ours, is_said=False)

    def look_at_row(self, entity: Entity, row: Key, *, is_said: bool) -> None:
        """The same for an invoice or a contact."""
        for ours in [ours for ours in self.standing if (ours.entity, ours.row) == (entity, row)]:
            ours.theirs = self._says(row, ours.field)
            agrees = ours.theirs == ours.value or (ours.field in DEEDS and ours.theirs is None)
            if self._judge(ours, is_changed=ours.theirs != ours.said, agrees=agrees, is_said=is_said):
                ours.said = ours.theirs

    def end_covered(self, bills: Iterable[Key]) -> None:
        """Marks of being paid are over where the money that has come covers the invoice."""
        marked = (self.of_row(Entity.INVOICE, key, "paid") for key in bills)
        self._forget([ours for ours in marked if ours is not None and self.left_open(ours.row) <= 0])

    def _judge_of_customer(self, head: Key, ours: Ours, *, is_said: bool) -> None:
        believed = self.ledger.believed(head, ours.field)
        now = {key: self.ledger.says(key, ours.field) for key in self.ledger.group(head)}
        is_changed = ours.seen is not None and self.ledger.says_something_else(head, ours.field, ours.seen)
        ours.seen = {key: (ours.seen or {}).get(key, value) for key, value in now.items()}
        ours.theirs = believed.value
        speaking = believed.heard if believed.by is None else [believed.by]
        is_own = all(key == ours.row for key in speaking)
        agrees = believed.value == (self.ledger.counting(ours.value) if isinstance(ours.value, tuple) else ours.value)
        if ours.field == PARENT and agrees and believed.by is not None:
            is_own = is_own and (believed.by[0], self.ledger.parties[believed.by].parent) == ours.value
        if self._judge(ours, is_changed=is_changed, agrees=agrees, is_said=is_said and is_own):
            ours.seen = now

    def _judge(self, ours: Ours, *, is_changed: bool, agrees: bool, is_said: bool) -> bool:
        """Whether ours stands, and is asked about; returns whether what is said now is taken for what was said when it was set."""
        rule = self.rules.get((ours.entity, ours.field))
        ours.may_be_asked = False
        if not is_changed or (agrees and not is_said):
            ours.counts, ours.is_asked = True, False
        elif agrees or rule is ConflictDecision.ALWAYS_THEIRS:
            ours.counts = ours.is_asked = False
            if is_said:
                self._forget([ours])
        elif rule is ConflictDecision.ALWAYS_OURS:
            ours.counts = True
            return is_said
        else:
            ours.counts = ours.is_asked = True
        return False

    def _says(self, row: Key, name: str) -> object:
        if name == "email":
            return self.ledger.all_of(Person)[row].email
        bill = self.ledger.all_of(Bill).get(row)
        if bill is None or (name in DEEDS and bill.is_void):
            return None
        if name == "paid":
            return bill.left_open or None
        return bill if name == "void" else bill.contract

    def _as_one(self, ours: Ours) -> list[Ours]:
        rows = self.ledger.group(ours.row) if ours.entity is Entity.CUSTOMER else [ours.row]
        return [other for other in self.standing if (other.entity, other.field) == (ours.entity, ours.field) and other.row in rows]

    def _look_at(self, ours: Ours) -> None:
        if ours.entity is Entity.CUSTOMER:
            self.look_at_customer(ours.row, is_said=False)
        else:
            self.look_at_row(ours.entity, ours.row, is_said=False)

    def _forget(self, some: Iterable[Ours]) -> None:
        gone = list(some)
        self.standing = [ours for ours in self.standing if ours not in gone]
