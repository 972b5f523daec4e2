"""Activities that test a reader: equal timestamps, late commits, broken values and their mending."""

from dataclasses import replace
from datetime import timedelta

from connectors.sandbox.world.acts.invoice_acts import draw_invoice
from connectors.sandbox.world.acts.money_acts import draw_payment
from connectors.sandbox.world.acts.party_acts import draw_contact
from connectors.sandbox.world.acts.scene import Scene
from connectors.sandbox.world.faults import BREAKS
from connectors.sandbox.world.hiding import mend, poison, post_poisoned
from connectors.sandbox.world.names import country_of, phone
from connectors.sandbox.world.postings import Customer, Invoice

_MOST_POISONED = 4


def same_second(scene: Scene) -> bool:
    """Several invoices and customers change within one second."""
    invoices = scene.some(scene.sound(Invoice), 6)
    customers = scene.some(scene.sound(Customer), 3)
    scene.books.post(
        scene.at,
        *(replace(each, memo=f"Note {scene.random.randint(1000, 9999)}") for each in invoices),
        *(replace(each, phone=phone(scene.random, country_of(each.address.country))) for each in customers),
    )
    return bool(invoices and customers)


def late_write(scene: Scene) -> bool:
    """An invoice, payment or contact is written, or an invoice edited, and not committed yet."""
    behind = timedelta(seconds=scene.random.randint(1, 60))
    edited = scene.pick(each for each in scene.owed() if not each.due_parts)
    if edited is not None and scene.random.choice((True, False, False)):
        scene.late.edit(edited, behind=behind, changes={"due_date": edited.due_date + timedelta(days=5)})
        return True
    posting = scene.random.choice((draw_invoice, draw_payment, draw_contact))(scene)
    if posting is not None:
        scene.late.write(posting, scene.at, behind=behind)
    return posting is not None


def late_commit(scene: Scene) -> bool:
    """What was written and not committed is there now."""
    is_waiting = scene.late.is_waiting
    scene.late.commit(scene.at)
    return is_waiting


def poisoned(scene: Scene) -> bool:
    """An object gets a broken value; only a few are broken at a time."""
    if len(scene.books.ledger.poison) >= _MOST_POISONED:
        return False
    if scene.random.choice((True, False, False)):
        posting = scene.random.choice((draw_invoice, draw_payment, draw_contact))(scene)
        if posting is not None:
            post_poisoned(scene.books, posting, scene.at, broken=scene.random.choice(BREAKS[type(posting)]))
        return posting is not None
    posting = scene.pick(scene.sound(scene.random.choice(tuple(BREAKS))))
    if posting is not None:
        poison(scene.books, posting, scene.at, broken=scene.random.choice(BREAKS[type(posting)]))
    return posting is not None


def mended(scene: Scene) -> bool:
    """A broken object is put right."""
    place = scene.pick(sorted(scene.books.ledger.poison))
    if place is not None:
        mend(scene.books, place, scene.at)
    return place is not None
