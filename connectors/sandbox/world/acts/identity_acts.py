"""Activities that make it hard to tell who is who: things entered anew, shared, and mistyped."""

from dataclasses import replace
from random import Random

from connectors.sandbox.world.acts.scene import Scene
from connectors.sandbox.world.chance import happens
from connectors.sandbox.world.crm_postings import Company
from connectors.sandbox.world.gateway_postings import GatewayCustomer
from connectors.sandbox.world.names import country_of, respelt
from connectors.sandbox.world.postings import Customer

_SHORTEST = 6


def customer_recreated(scene: Scene) -> bool:
    """A customer is deleted and entered anew, under a new id and number; its company may still name the old id."""
    customers = scene.sound(Customer)
    customer = scene.pick(customers) if len(customers) > 1 else None
    if customer is None:
        return False
    new_id, number = scene.books.next_id(Customer), scene.books.next_number("customer")
    name = respelt(scene.random, customer.name, country_of(customer.address.country))
    crm_id = customer.crm_id if happens(scene.random, 50) else None
    scene.books.post(scene.at, replace(customer, is_deleted=True))
    scene.books.post(scene.at, replace(customer, id=new_id, name=name, crm_id=crm_id, reference=f"K{number + 10_000}", misreported_minor=0))
    companies = [each for each in scene.sound(Company) if each.accounting_id == customer.id]
    scene.books.post(scene.at, *(replace(each, accounting_id=new_id) for each in companies if happens(scene.random, 50)))
    return True


def gateway_customer_recreated(scene: Scene) -> bool:
    """A customer of the gateway is deleted and entered anew, with or without its id in accounting."""
    customer = scene.pick(scene.sound(GatewayCustomer))
    if customer is None:
        return False
    reference = customer.reference if happens(scene.random, 50) else None
    scene.books.post(scene.at, replace(customer, is_deleted=True))
    scene.books.post(scene.at, replace(customer, id=scene.books.next_id(GatewayCustomer), reference=reference))
    return True


def bookkeeper_shared(scene: Scene) -> bool:
    """Two customers have their invoices sent to one bookkeeper: the same address of mail for two who have nothing else in common."""
    customers = scene.sound(Customer)
    if len(customers) <= 1:
        return False
    one, other = scene.random.sample(customers, 2)
    address = f"office@books{scene.books.next_number('bookkeeper')}.example"
    scene.books.post(scene.at, replace(one, email=address), replace(other, email=address))
    return True


def company_mistyped(scene: Scene) -> bool:
    """Somebody corrects a company's name, and swaps two letters of it."""
    company = scene.pick(each for each in scene.sound(Company) if len(each.name) >= _SHORTEST)
    if company is None:
        return False
    scene.books.post(scene.at, replace(company, name=_swapped(scene.random, company.name)))
    return True


def _swapped(random: Random, name: str) -> str:
    place = random.randrange(1, len(name) - 2)
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
