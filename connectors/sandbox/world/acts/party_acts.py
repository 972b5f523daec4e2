"""Activities with customers, companies, contacts and subscriptions. Each does something and says so, or finds nothing to do it with."""

from collections.abc import Mapping
from dataclasses import replace

from connectors.sandbox.world.acts.scene import Scene
from connectors.sandbox.world.countries import OWNERS
from connectors.sandbox.world.crm_postings import Company, Contact, Subscription, SubscriptionStatus
from connectors.sandbox.world.life.relations import merge
from connectors.sandbox.world.names import country_of, person, phone, pick_country, respelt
from connectors.sandbox.world.parties import move_in, new_contact
from connectors.sandbox.world.postings import Customer

_NEXT: Mapping[SubscriptionStatus, tuple[SubscriptionStatus, ...]] = {
    "future": ("in_trial", "active"),
    "in_trial": ("active", "cancelled"),
    "active": ("paused", "non_renewing", "cancelled"),
    "paused": ("active", "cancelled"),
    "non_renewing": ("cancelled", "active"),
    "cancelled": ("active",),
}


def new_customer(scene: Scene) -> bool:
    """A new customer with its company and a contact; some are projects of another one."""
    parent = scene.random.choice((None, None, scene.pick(each for each in scene.sound(Customer) if each.parent_id is None)))
    country = pick_country(scene.random) if parent is None else country_of(parent.address.country)
    move_in(scene.books, scene.names, scene.random, at=scene.at, country=country, parent=parent, payment_terms_days=30)
    return True


def customer_deleted(scene: Scene) -> bool:
    """A customer is deleted, which its system tells by a flag; one stays at least."""
    customers = scene.sound(Customer)
    customer = scene.pick(customers) if len(customers) > 1 else None
    if customer is not None:
        scene.books.post(scene.at, replace(customer, is_deleted=True))
    return customer is not None


def customer_undeleted(scene: Scene) -> bool:
    """A deleted customer is back."""
    poison = scene.books.ledger.poison
    customer = scene.pick(each for each in scene.entries.of(Customer).values() if each.is_deleted and each.place not in poison)
    if customer is not None:
        scene.books.post(scene.at, replace(customer, is_deleted=False))
    return customer is not None


def customer_renamed(scene: Scene) -> bool:
    """A customer has a new name, here and nowhere else."""
    customer = scene.pick(scene.sound(Customer))
    if customer is not None:
        name = scene.names.company(scene.random, country_of(customer.address.country))
        scene.books.post(scene.at, replace(customer, name=name))
    return customer is not None


def parent_changed(scene: Scene) -> bool:
    """A customer belongs to another one now, or to none; never to itself, by whatever way round."""
    customer = scene.pick(scene.sound(Customer))
    if customer is None:
        return False
    others = [each for each in scene.sound(Customer) if each.id != customer.parent_id and customer.id not in _heads(scene, each)]
    parent = scene.pick([None, *others] if customer.parent_id else others)
    if parent is None and customer.parent_id is None:
        return False
    scene.books.post(scene.at, replace(customer, parent_id=None if parent is None else parent.id))
    return True


def _heads(scene: Scene, customer: Customer) -> set[str]:
    """A customer's id, and those of all above it."""
    customers, found = scene.entries.of(Customer), {customer.id}
    while customer.parent_id is not None:
        customer = customers[customer.parent_id]
        found.add(customer.id)
    return found


# --- the CRM --------------------------------------------------------------------------------------


def company_entered_twice(scene: Scene) -> bool:
    """A company is entered once more, without its number in accounting."""
    company = scene.pick(scene.sound(Company))
    if company is not None:
        name = respelt(scene.random, company.name, country_of(company.country))
        scene.books.post(scene.at, replace(company, id=scene.books.next_id(Company), name=name, accounting_id=None))
    return company is not None


def company_merged(scene: Scene) -> bool:
    """A company without a number in accounting is merged into another one of its domain, else into any."""
    twin = scene.pick(each for each in scene.sound(Company) if each.accounting_id is None and _staff_is_sound(scene, each))
    others = [] if twin is None else [each for each in scene.sound(Company) if each.id != twin.id]
    survivor = None if twin is None else scene.pick([each for each in others if each.domain == twin.domain] or others)
    if twin is None or survivor is None:
        return False
    merge(scene.books, twin, scene.at, survivor=survivor)
    return True


def _staff_is_sound(scene: Scene, company: Company) -> bool:
    """Whether all that would move with a company may be changed."""
    moving = [*scene.entries.living(Contact), *scene.entries.living(Subscription)]
    return all(scene.books.is_sound(each) for each in moving if each.company_id == company.id)


def draw_contact(scene: Scene) -> Contact | None:
    """A contact of some company that is in no books yet."""
    company = scene.pick(scene.sound(Company))
    return None if company is None else new_contact(scene.books, scene.random, company, is_primary=False)


def contact_new(scene: Scene) -> bool:
    """A new contact."""
    contact = draw_contact(scene)
    if contact is not None:
        scene.books.post(scene.at, contact)
    return contact is not None


def contact_edited(scene: Scene) -> bool:
    """A contact has another name and number."""
    contact = scene.pick(scene.sound(Contact))
    if contact is not None:
        country = country_of(scene.entries.of(Company)[contact.company_id].country)
        who = person(scene.random, country, 0)
        scene.books.post(scene.at, replace(contact, name=who.name, phone=phone(scene.random, country)))
    return contact is not None


def contact_archived(scene: Scene) -> bool:
    """A contact has left."""
    contact = scene.pick(scene.sound(Contact))
    if contact is not None:
        scene.books.post(scene.at, replace(contact, is_deleted=True))
    return contact is not None


def company_edited(scene: Scene) -> bool:
    """Another colleague looks after a company."""
    company = scene.pick(scene.sound(Company))
    if company is not None:
        owner = scene.random.choice([each for each in OWNERS if each != company.owner_email])
        scene.books.post(scene.at, replace(company, owner_email=owner))
    return company is not None


def subscription_changed(scene: Scene) -> bool:
    """A subscription goes on to its next status; a company without one takes one."""
    subscription = scene.pick(scene.sound(Subscription))
    company = scene.pick(scene.sound(Company))
    if subscription is None and company is not None:
        new = Subscription(id=scene.books.next_id(Subscription), company_id=company.id, plan="Team", status="future", starts_on=scene.at.date())
        scene.books.post(scene.at, new)
        return True
    if subscription is None:
        return False
    status = scene.random.choice(_NEXT[subscription.status])
    ends_on = scene.at.date() if status == "cancelled" else None
    scene.books.post(scene.at, replace(subscription, status=status, ends_on=ends_on))
    return True
