"""How sales keeps its CRM: contacts come, change and go, subscriptions change, companies are entered twice and merged."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from connectors.sandbox.world.books import Books
from connectors.sandbox.world.chance import happens
from connectors.sandbox.world.countries import OWNERS
from connectors.sandbox.world.crm_postings import Company, Contact, Subscription
from connectors.sandbox.world.life.agenda import some_days_later
from connectors.sandbox.world.life.buyers import Buyer, Life
from connectors.sandbox.world.names import country_of, phone, respelt
from connectors.sandbox.world.parties import new_contact, new_subscription

_TWICE_PERCENT = 8


def plan_relations(life: Life, buyer: Buyer, at: datetime) -> None:
    """Plan what sales does about a company from now on."""
    life.plan(some_days_later(buyer.random, at, least=100, most=400), partial(_look_after, life, buyer))
    if happens(buyer.random, _TWICE_PERCENT):
        life.plan(some_days_later(buyer.random, at, least=20, most=600), partial(_enter_twice, life, buyer))
    if buyer.is_subscriber:
        subscription = new_subscription(life.books, buyer.random, life.books.entries.of(Company)[buyer.company_id], starts_on=at.date())
        life.books.post(at, subscription)
        life.plan(some_days_later(buyer.random, at, least=14, most=30), partial(_renew, life, buyer=buyer, subscription_id=subscription.id))


def _look_after(life: Life, buyer: Buyer, at: datetime) -> None:
    """Somebody leaves, somebody comes, somebody has a new number, or another colleague takes over."""
    company, random = life.books.entries.of(Company)[buyer.company_id], buyer.random
    if life.books.is_sound(company):
        contacts = [each for each in life.books.entries.living(Contact) if each.company_id == company.id and life.books.is_sound(each)]
        if happens(random, 40) or not contacts:
            life.books.post(at, new_contact(life.books, random, company, is_primary=not contacts))
        elif happens(random, 50):
            life.books.post(at, replace(random.choice(contacts), phone=phone(random, country_of(company.country))))
        elif happens(random, 50) and not contacts[-1].is_primary:
            life.books.post(at, replace(contacts[-1], is_deleted=True))
        else:
            life.books.post(at, replace(company, owner_email=random.choice(OWNERS)))
    life.plan(some_days_later(random, at, least=150, most=500), partial(_look_after, life, buyer))


def _renew(life: Life, at: datetime, *, buyer: Buyer, subscription_id: str) -> None:
    """A subscription goes on, pauses, or comes to its end."""
    subscription, random = life.books.entries.of(Subscription)[subscription_id], buyer.random
    if not life.books.is_sound(subscription) or subscription.status == "cancelled":
        return
    changed = subscription
    if subscription.status == "non_renewing":
        changed = replace(subscription, status="cancelled", ends_on=at.date())
    elif subscription.status != "active":
        changed = replace(subscription, status="active")
    elif happens(random, 12):
        changed = replace(subscription, status="paused")
    elif happens(random, 9):
        changed = replace(subscription, status="non_renewing")
    life.books.post(at, changed)
    life.plan(some_days_later(random, at, least=60, most=200), partial(_renew, life, buyer=buyer, subscription_id=subscription_id))


def _enter_twice(life: Life, buyer: Buyer, at: datetime) -> None:
    company = life.books.entries.of(Company)[buyer.company_id]
    if life.books.is_sound(company):
        twin = new_twin(life, buyer, company)
        life.books.post(at, twin)
        life.plan(some_days_later(buyer.random, at, least=10, most=120), partial(_merge, life, twin_id=twin.id, company_id=company.id))


def new_twin(life: Life, buyer: Buyer, company: Company) -> Company:
    """The same company once more, entered by somebody who did not look for it."""
    name = respelt(buyer.random, company.name, country_of(company.country))
    return replace(company, id=life.books.next_id(Company), name=name, accounting_id=None, owner_email=buyer.random.choice(OWNERS))


def _merge(life: Life, at: datetime, *, twin_id: str, company_id: str) -> None:
    companies = life.books.entries.of(Company)
    twin, company = companies[twin_id], companies[company_id]
    if life.books.is_sound(twin) and life.books.is_sound(company):
        merge(life.books, twin, at, survivor=company)


def merge(books: Books, twin: Company, at: datetime, *, survivor: Company) -> None:
    """Merge a company into another one: contacts and subscriptions move over, and the survivor takes the number in accounting if it has none."""
    moved = [
        replace(posting, company_id=survivor.id) for kind in (Contact, Subscription) for posting in books.entries.living(kind) if posting.company_id == twin.id
    ]
    kept = [] if survivor.accounting_id or not twin.accounting_id else [replace(survivor, accounting_id=twin.accounting_id)]
    books.post(at, *moved, *kept, replace(twin, is_deleted=True, merged_into=survivor.id))
