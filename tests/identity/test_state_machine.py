"""Whatever sources say and people do, in whatever order: figures, values and conflicts are what the ledger says, and taking a merge back is exact.

What is beyond the machine is tested by itself: records that wait for their customer, invoices that were entered anew, marks of being paid for which
the money does not come in time, and what a rule of the hub links. Of the limits that docs/identity.md names it keeps clear: which parent is passed
over where merges would close a circle depends on what came first, so no such circle is made; and a history has either deeds done to invoices, or
money that is unallocated and invoices that several systems show, and not both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from hub.commands import identity
from hub.plugins.records import Deletion
from hub.vocabulary import BillToPreference, ConflictDecision, Entity, Stream
from tests.identity.conftest import KINDS, Systems
from tests.identity.desk import Desk, Line, of_api
from tests.identity.expecting import expected
from tests.identity.ledger import PARENT, STREAM_OF, Bill, Credit, Document, Key, Ledger, Money, Party, Person
from tests.identity.set_values import DEEDS, Ours, SetValues
from tests.wiping import wipe

NAMES = ("1", "2")
KEYS: Sequence[Key] = [(system, name) for system in KINDS for name in NAMES]
INVOICES = ("A", "B")
DAY = "2026-11-18"

keys = st.sampled_from(KEYS)
systems_ = st.sampled_from(list(KINDS))
names = st.sampled_from(NAMES)
words = st.sampled_from(["x", "y", "z"])
maybe = st.one_of(st.none(), words)
amounts = st.integers(1, 5).map(lambda number: number * 100)
handlings = st.sampled_from(["ACTIVE", "HOLD", "CLOSED"])
parties = st.builds(
    Party,
    name=words,
    phone=maybe,
    sales_owner=maybe,
    city=maybe,
    country=st.sampled_from([None, "DE", "FR"]),
    source_handling=handlings,
    parent=st.sampled_from([None, None, *NAMES]),
)
allocations = st.lists(st.tuples(st.sampled_from(INVOICES), amounts), max_size=2, unique_by=lambda one: one[0]).map(tuple)
set_values = {"name": words, "phone": maybe, "city": maybe, "source_handling": handlings}
values_set = st.sampled_from(sorted(set_values)).flatmap(lambda name: st.tuples(st.just(name), set_values[name]))


@dataclass
class Before:
    """What hung on two customers and on all that depended on them, before they were made one."""

    merged: Key
    around: set[Key]
    hanging: dict[str, list[Line]]


class IdentityMachine(RuleBasedStateMachine):
    """A hub, and beside it the ledger of what was said and what people have set."""

    def __init__(self, desk: Desk) -> None:
        """An empty hub in which every system has its customers."""
        super().__init__()
        self.desk = desk
        self.ledger = Ledger({key: Party() for key in KEYS})
        self.people = SetValues(self.ledger)
        self.before: list[Before] = []
        self.is_with_deeds = self.is_told_again = False
        self.open_anew()

    def open_anew(self) -> None:
        """Let nothing have been said but that there are these customers."""
        wipe(self.desk.systems.hub.store)
        self.desk.systems.__post_init__()
        for system in KINDS:
            self.desk.say(system, *((key, Party()) for key in KEYS if key[0] == system))

    @initialize(is_with_deeds=st.booleans(), is_told_again=st.sampled_from([True, False, False, False]))
    def begin(self, *, is_with_deeds: bool, is_told_again: bool) -> None:
        """A history has deeds, or loose money and invoices that several systems show; some are told again, without what led to their end."""
        self.is_with_deeds, self.is_told_again = is_with_deeds, is_told_again
        self.desk.has_shared_numbers = not is_with_deeds

    # --- what sources say ---------------------------------------------------------------------------

    @rule(key=keys, party=parties)
    def say_customer(self, key: Key, party: Party) -> None:
        self.say_if_no_circle(key, party)

    def say_if_no_circle(self, key: Key, party: Party) -> None:
        """Say something of a customer whose parent closes no circle."""
        parties_then = self.ledger.parties | {key: party}
        if party.parent == key[1] or self.ledger.with_change(parties=parties_then).has_circle(self.people.parents_set):
            return
        self.say(key, party)

    @precondition(lambda self: self.people.of(Entity.CUSTOMER))
    @rule(data=st.data())
    def say_over_what_is_set(self, data: st.DataObject) -> None:
        self.contradict(data, self.draw(data, self.people.of(Entity.CUSTOMER)))

    @precondition(lambda self: self.people.of(Entity.INVOICE) or self.people.of(Entity.CONTACT))
    @rule(data=st.data())
    def say_over_what_is_set_of_a_document(self, data: st.DataObject) -> None:
        self.contradict_of_row(data, self.draw(data, [*self.people.of(Entity.INVOICE), *self.people.of(Entity.CONTACT)]))

    def contradict(self, data: st.DataObject, ours: Ours) -> None:
        """Let a source of a customer say something of a field that people have set: mostly the one that is believed, mostly something else."""
        head = self.ledger.counting(ours.row)
        believed = self.ledger.believed(head, ours.field).heard[-1]
        key = data.draw(st.sampled_from([believed, believed, *self.ledger.group(head)]))
        if ours.field == PARENT:
            self.say_if_no_circle(key, replace(self.ledger.parties[key], parent=data.draw(st.sampled_from([None, *NAMES]))))
            self.settle_perhaps(data, ours)
            return
        said = ours.value if isinstance(ours.value, str) else None
        known = st.sampled_from([said, (ours.seen or {}).get(key)])
        value = data.draw(st.one_of(set_values[ours.field], set_values[ours.field], known))
        if value is not None or ours.field not in {"name", "source_handling"}:
            self.say(key, replace(self.ledger.parties[key], **{ours.field: value}))
        self.settle_perhaps(data, ours)

    def contradict_of_row(self, data: st.DataObject, ours: Ours) -> None:
        """Let a source say something of a document of which people have set something, or to which they have done something."""
        said, value = self.ledger.documents[Bill].get(ours.row), data.draw(maybe)
        mostly = data.draw(st.sampled_from([value, value, ours.value if isinstance(ours.value, str) else None]))
        if ours.entity is Entity.CONTACT:
            self.say(ours.row, replace(self.ledger.all_of(Person)[ours.row], email=mostly))
        elif isinstance(said, Bill) and ours.field == "paid":
            balance = data.draw(st.sampled_from([None, 0, said.total * 3 // 10, said.total]))
            self.say(ours.row, replace(said, balance=balance))
        elif isinstance(said, Bill):
            is_void = ours.field == "void" and data.draw(st.sampled_from([False, False, True]))
            self.say(ours.row, replace(said, contract=mostly if ours.field == "contract" else value, is_void=is_void))
        self.settle_perhaps(data, ours)

    @precondition(lambda self: any(ours.field == "paid" for ours in self.people.standing))
    @rule(data=st.data())
    def pay_what_is_marked(self, data: st.DataObject) -> None:
        self.pay(data, self.draw(data, [ours for ours in self.people.standing if ours.field == "paid"]).row)

    def pay(self, data: st.DataObject, row: Key) -> None:
        """Let money come for an invoice: half of it or all."""
        bill = self.ledger.all_of(Bill)[row]
        amount = bill.total // data.draw(st.sampled_from([1, 1, 2]))
        self.say((row[0], data.draw(st.sampled_from(["P", "Q"]))), Money(bill.customer, amount, ((row[1], amount),)))

    @rule(
        system=systems_, invoice=st.sampled_from(INVOICES), customer=names, total=amounts, open_of_ten=st.sampled_from([None, None, 0, 3, 10]), data=st.data()
    )
    def say_invoice(self, *, system: str, invoice: str, customer: str, total: int, open_of_ten: int | None, data: st.DataObject) -> None:
        balance = None if open_of_ten is None else total * open_of_ten // 10
        contract, is_void = data.draw(maybe), data.draw(st.sampled_from([False, False, False, True]))
        self.say((system, invoice), Bill(customer, total, balance, is_void=is_void, contract=contract))

    @rule(
        system=systems_,
        name=st.sampled_from(["P", "Q"]),
        customer=names,
        on=allocations,
        loose=st.sampled_from([0, 0, 100]),
        state=st.sampled_from(["SETTLED"] * 3 + ["RETURNED", "DECLINED"]),
    )
    def say_payment(self, *, system: str, name: str, customer: str, on: Sequence[tuple[str, int]], loose: int, state: str) -> None:
        amount = sum(part for _, part in on) + (0 if self.is_with_deeds else loose)
        if amount:
            self.say((system, name), Money(customer, amount, on, state))

    @rule(system=systems_, customer=names, on=allocations, loose=st.sampled_from([0, 100]))
    def say_credit_note(self, system: str, customer: str, *, on: Sequence[tuple[str, int]], loose: int) -> None:
        amount = sum(part for _, part in on) + (0 if self.is_with_deeds else loose)
        if amount:
            self.say((system, "N"), Credit(customer, amount, on))

    @rule(system=systems_, customer=names, email=maybe)
    def say_contact(self, system: str, customer: str, email: str | None) -> None:
        self.say((system, "T"), Person(customer, email))

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        there = [(STREAM_OF[Party], key) for key in KEYS] * 2 + [(STREAM_OF[kind], key) for kind, some in self.ledger.documents.items() for key in some]
        stream, key = data.draw(st.sampled_from(there))
        if (stream, key) in self.ledger.gone:
            return
        self.touching([self.customer_of(stream, key)])
        self.following(lambda: self.ledger.gone.add((stream, key)), marked=[])
        self.desk.say(key[0], Deletion(stream=stream, external_id=key[1]))
        if stream is Stream.CUSTOMERS:
            self.people.look_at_customer(key, is_said=True)

    def say(self, key: Key, said: Party | Document) -> None:
        """Let a source say something, in the hub and in the ledger."""
        stream = STREAM_OF[type(said)]
        before = self.ledger.parties.get(key) if isinstance(said, Party) else self.ledger.documents[type(said)].get(key)
        has_news = before != said or (stream, key) in self.ledger.gone
        touched = [key] if isinstance(said, Bill) else [(key[0], name) for one in (before, said) if isinstance(one, Money | Credit) for name, _ in one.on]
        self.touching([*self.concerned(key, before), *self.concerned(key, said)])
        self.desk.say(key[0], (key, said))
        if has_news:
            self.following(lambda: self.take_in(key, said), marked=touched)

    def concerned(self, key: Key, said: Party | Document | None) -> list[Key]:
        """The customers that something said is about, but for those whom the ledger links with them already."""
        ledger, system = self.ledger, key[0]
        match said:
            case None:
                return []
            case Party():
                return [key, *([] if said.parent is None else [(system, said.parent)])]
            case Bill():
                paying = [*ledger.all_of(Money).items(), *ledger.all_of(Credit).items()]
                return [(system, said.customer), *((system, one.customer) for other, one in paying if other[0] == system and key[1] in dict(one.on))]
            case Money() | Credit():
                bills = [bill for name, _ in said.on if (bill := ledger.all_of(Bill).get((system, name))) is not None]
                return [(system, said.customer), *((system, bill.customer) for bill in bills)]
            case Person():
                return [(system, said.customer)]

    def take_in(self, key: Key, said: Party | Document) -> None:
        """Note what was said, and what follows from it for what people have set."""
        self.ledger.gone.discard((STREAM_OF[type(said)], key))
        if isinstance(said, Party):
            self.ledger.parties[key] = said
            self.people.look_at_customer(key, is_said=True)
            return
        self.ledger.documents[type(said)][key] = said
        if isinstance(said, Bill | Person):
            self.people.look_at_row(Entity.INVOICE if isinstance(said, Bill) else Entity.CONTACT, key, is_said=True)

    def following(self, change: Callable[[], object], *, marked: Sequence[Key]) -> None:
        """Take in a change of the ledger by a source, after which marks of being paid are over where the money covers the invoice."""
        bills = self.ledger.documents[Bill]
        before = {key: self.ledger.settling(key) for key in bills}
        change()
        moved = [key for key in bills if key in before and self.ledger.settling(key) != before[key]]
        self.people.end_covered([*moved, *(key for key in marked if key in bills)])

    def customer_of(self, stream: Stream, key: Key) -> Key:
        """The customer that an object hangs on."""
        for kind, some in self.ledger.documents.items():
            if STREAM_OF[kind] is stream:
                return key[0], some[key].customer
        return key

    # --- who is one with whom -----------------------------------------------------------------------

    @precondition(lambda self: len(self.ledger.heads()) > 1)
    @rule(data=st.data(), is_by_id=st.booleans(), is_taken_back=st.sampled_from([False, False, False, True]))
    def merge(self, data: st.DataObject, *, is_by_id: bool, is_taken_back: bool) -> None:
        into, one = data.draw(st.lists(st.sampled_from(self.ledger.heads()), min_size=2, max_size=2, unique=True))
        merged = self.make_one(data.draw(st.sampled_from(self.ledger.group(one))) if is_by_id else one, into, is_by_id=is_by_id)
        if merged is not None and is_taken_back:
            self.make_two(merged, is_by_id=is_by_id)

    @precondition(lambda self: self.people.of(Entity.CUSTOMER) and len(self.ledger.heads()) > 1)
    @rule(data=st.data(), is_by_id=st.booleans(), is_hidden=st.booleans())
    def merge_what_is_set(self, data: st.DataObject, *, is_by_id: bool, is_hidden: bool) -> None:
        ours = self.draw(data, self.people.of(Entity.CUSTOMER))
        head = self.ledger.counting(ours.row)
        other = data.draw(st.sampled_from([one for one in self.ledger.heads() if one != head]))
        self.make_one(*((head, other) if is_hidden else (other, head)), is_by_id=is_by_id)
        self.contradict(data, ours)

    @rule(one=keys, into=keys, is_by_id=st.booleans())
    def merge_what_may_not_fit(self, one: Key, into: Key, *, is_by_id: bool) -> None:
        self.make_one(one, into, is_by_id=is_by_id)

    @precondition(lambda self: self.ledger.merged)
    @rule(data=st.data(), is_by_id=st.booleans())
    def unmerge(self, data: st.DataObject, *, is_by_id: bool) -> None:
        self.make_two(data.draw(st.sampled_from(sorted(self.ledger.merged))), is_by_id=is_by_id)

    def make_one(self, one: Key, into: Key, *, is_by_id: bool) -> Key | None:
        """Merge two customers, or link one by its id at its source; returns the one that is hidden now, None: they were not made one."""
        merged = self.ledger.counting(one) if is_by_id else one
        is_free = merged not in self.ledger.merged and into not in self.ledger.merged and merged != into
        is_alone = not is_by_id or self.ledger.group(one) == [one]
        is_fit = is_free and is_alone and not self.people.stands_above(merged, into) and not self.people.stands_above(into, merged)
        if is_fit and self.ledger.with_change(merged=self.ledger.merged | {merged: into}).has_circle(self.people.parents_set):
            return None
        around = self.reach([merged, into])
        hanging = self.desk.hanging_on(around) if is_fit else {}
        into_id = self.desk.id(Entity.CUSTOMER, into)
        if is_by_id:
            done = self.desk.command(identity.link, customer=into_id, connection=self.desk.connection_id(one[0]), external_id=one[1])
        else:
            done = self.desk.command(identity.merge, customer=self.desk.id(Entity.CUSTOMER, merged), into=into_id)
        assert done == is_fit
        if not done:
            return None
        self.touching([merged, into])
        self.before.append(Before(merged, around, hanging))
        self.ledger.merged[merged] = into
        self.people.look_at_customer(into, is_said=False)
        self.people.look_at_parents()
        return merged

    def make_two(self, merged: Key, *, is_by_id: bool) -> None:
        """Take a merge back, by the customer or by its id at its source."""
        left = {one: into for one, into in self.ledger.merged.items() if one != merged}
        if self.ledger.with_change(merged=left).has_circle(self.people.parents_set):
            return
        if is_by_id:
            assert self.desk.command(identity.unlink, connection=self.desk.connection_id(merged[0]), external_id=merged[1])
        else:
            assert self.desk.command(identity.unmerge, customer=self.desk.id(Entity.CUSTOMER, merged))
        was_in = self.ledger.counting(merged)
        mine = next((before for before in self.before if before.merged == merged), None)
        self.touching([merged, was_in], but=mine)
        del self.ledger.merged[merged]
        for one in (merged, was_in):
            self.people.look_at_customer(one, is_said=False)
        self.people.look_at_parents()
        if mine is not None:
            self.before.remove(mine)
            assert self.desk.hanging_on(mine.around) == mine.hanging

    def reach(self, keys: Sequence[Key]) -> set[Key]:
        """Customers with all that depend on them."""
        return self.ledger.reach(keys, self.people.parents_set)

    def touching(self, concerned: Sequence[Key], *, but: Before | None = None) -> None:
        """Forget what was before merges of customers that something is about to happen to."""
        around = self.reach(concerned)
        self.before = [before for before in self.before if before is but or not before.around & around]

    # --- what people set and decide -----------------------------------------------------------------

    @rule(key=keys, given=values_set, is_contradicted=st.booleans(), data=st.data())
    def set_of_customer(self, key: Key, given: tuple[str, str | None], *, is_contradicted: bool, data: st.DataObject) -> None:
        head, (field, value) = self.ledger.counting(key), given
        self.touching([head])
        assert self.desk.set(Entity.CUSTOMER, head, field=field, value=value)
        self.people.set_of_customer(head, field, value)
        if is_contradicted:
            self.contradict(data, self.people.standing[-1])

    @rule(data=st.data(), is_contradicted=st.booleans())
    def set_parent(self, data: st.DataObject, *, is_contradicted: bool) -> None:
        head, above = data.draw(st.sampled_from(self.ledger.heads())), data.draw(st.sampled_from([None, *self.ledger.heads()]))
        is_fit = above is None or not self.people.stands_above(head, above)
        if above is not None and is_fit and self.ledger.has_circle([*self.people.parents_set, (head, above)]):
            return
        self.touching([head] if above is None else [head, above])
        assert self.desk.set(Entity.CUSTOMER, head, field=PARENT, value=above) == is_fit
        if is_fit:
            self.people.set_of_customer(head, PARENT, above)
            if is_contradicted:
                self.contradict(data, self.people.standing[-1])

    @rule(data=st.data(), value=words)
    def set_of_row(self, data: st.DataObject, value: str) -> None:
        rows = [(Entity.INVOICE, key, "contract") for key in self.ledger.documents[Bill]]
        rows += [(Entity.CONTACT, key, "email") for key in self.ledger.documents[Person]]
        if rows:
            entity, row, field = data.draw(st.sampled_from(rows))
            self.before.clear()
            self.desk.set(entity, row, field=field, value=value)
            self.people.set_of_row(entity, row, name=field, value=value)
            if data.draw(st.booleans()):
                self.contradict_of_row(data, self.people.standing[-1])

    @precondition(lambda self: self.is_with_deeds)
    @rule(
        row=st.tuples(systems_, st.sampled_from(INVOICES)),
        deed=st.sampled_from(DEEDS),
        then=st.sampled_from(["nothing", "said", "paid", "paid"]),
        data=st.data(),
    )
    def do_to_invoice(self, row: Key, deed: str, *, then: str, data: st.DataObject) -> None:
        if row not in self.ledger.documents[Bill]:
            self.say(row, Bill(data.draw(names), data.draw(amounts)))
        self.before.clear()
        can_be = self.people.can_be(row, deed)
        assert self.desk.set(Entity.INVOICE, row, field=deed, value=DAY) == can_be
        if can_be:
            self.people.set_of_row(Entity.INVOICE, row, name=deed, value=DAY)
            if then == "said":
                self.contradict_of_row(data, self.people.standing[-1])
            elif then == "paid":
                self.pay(data, row)

    @precondition(lambda self: self.people.standing)
    @rule(data=st.data())
    def clear(self, data: st.DataObject) -> None:
        ours = self.draw(data, self.people.standing)
        self.before.clear()
        assert self.desk.command(identity.clear_value, id=self.desk.row(ours.entity, self.row_of(ours)), field=of_api(ours.field))
        self.people.clear(ours)

    @precondition(lambda self: self.people.asked())
    @rule(data=st.data(), decision=st.sampled_from(ConflictDecision))
    def decide(self, data: st.DataObject, decision: ConflictDecision) -> None:
        self.settle(self.draw(data, self.people.asked()), decision)

    def settle(self, ours: Ours, decision: ConflictDecision) -> None:
        """Decide a conflict, in the hub and in the ledger; a second time it is refused."""
        self.before.clear()
        conflict = self.desk.conflict(ours.entity, ours.row, ours.field)
        assert self.desk.command(identity.decide, id=conflict, decision=decision)
        assert not self.desk.command(identity.decide, id=conflict, decision=decision)
        self.people.decide(ours, decision)

    def settle_perhaps(self, data: st.DataObject, ours: Ours) -> None:
        """Decide what a source has just made a conflict, in one case of two."""
        if ours.is_asked:
            decision = data.draw(st.sampled_from([None, None, None, *ConflictDecision, ConflictDecision.KEEP_OURS]))
            if decision is not None:
                self.settle(ours, decision)

    @precondition(lambda self: self.people.rules)
    @rule(data=st.data())
    def clear_rule(self, data: st.DataObject) -> None:
        entity, field = data.draw(st.sampled_from(sorted(self.people.rules)))
        assert self.desk.command(identity.clear_field_rule, id=self.desk.rule(entity, field))
        self.people.clear_rule(entity, field)

    def row_of(self, ours: Ours) -> Key:
        """The row that people see a value on."""
        return self.ledger.counting(ours.row) if ours.entity is Entity.CUSTOMER else ours.row

    def draw(self, data: st.DataObject, some: Sequence[Ours]) -> Ours:
        """One of several values that people have set."""
        return some[data.draw(st.integers(0, len(some) - 1))]

    # --- what holds after each step -----------------------------------------------------------------

    @invariant()
    def the_store_is_equal_to_the_ledger(self) -> None:
        shown = self.desk.shown()
        for ours in self.people.standing:
            if ours.may_be_asked:
                ours.is_asked = (ours.entity, ours.row, ours.field) in shown.asked
        assert shown.unlike(expected(self.people, has_shared_numbers=self.desk.has_shared_numbers)) == []

    def teardown(self) -> None:
        """In the end nothing contradicts itself either."""
        assert self.desk.wrong() == []
        if self.is_told_again:
            found = self.desk.in_the_end()
            self.open_anew()
            if self.tell_the_end():
                assert self.desk.in_the_end() == found

    def tell_the_end(self) -> bool:
        """Merge what is merged, say only what was said last, and set what shows; returns whether all that could be done.

        What cannot is a mark of being paid that a merge has covered: it stands until a source says something of the invoice or its money.
        """
        for one, into in self.ledger.merged.items():
            assert self.desk.command(identity.merge, customer=self.desk.id(Entity.CUSTOMER, one), into=self.desk.id(Entity.CUSTOMER, into))
        said = [(Stream.CUSTOMERS, key, party) for key, party in self.ledger.parties.items()]
        said += [(STREAM_OF[kind], key, document) for kind, some in self.ledger.documents.items() for key, document in some.items()]
        for stream, key, each in said:
            self.desk.say(key[0], (key, each))
            if (stream, key) in self.ledger.gone:
                self.desk.say(key[0], Deletion(stream=stream, external_id=key[1]))
        shown = [ours for ours in self.people.standing if ours.counts and ours is self.people.which(ours)]
        done: list[bool] = []
        for ours in shown:
            value = self.ledger.counting(ours.value) if isinstance(ours.value, tuple) else ours.value
            done.append(self.desk.set(ours.entity, self.row_of(ours), field=ours.field, value=value))
        return all(done)


def play(systems: Systems, *, sequences: int, steps: int, number: int | None = None) -> None:
    """Play random histories, of a seed or of any."""
    systems.hub.workspace = replace(systems.hub.workspace, bill_to=BillToPreference.TOP_PARENT)

    class Machine(IdentityMachine):
        """A machine of this hub."""

        def __init__(self) -> None:
            super().__init__(Desk(systems))

    of_machine = settings(
        max_examples=sequences,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        phases=[Phase.generate, Phase.shrink],
    )
    run_state_machine_as_test(Machine if number is None else seed(number)(Machine), settings=of_machine)


def test_the_store_is_equal_to_the_ledger(systems: Systems) -> None:
    play(systems, sequences=5 if systems.hub.store.engine.dialect.name == "sqlite" else 2, steps=25)


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", range(20))
def test_the_store_is_equal_to_the_ledger_of_many_histories(systems: Systems, number: int) -> None:
    play(systems, sequences=100 if systems.hub.store.engine.dialect.name == "sqlite" else 3, steps=30, number=number)
