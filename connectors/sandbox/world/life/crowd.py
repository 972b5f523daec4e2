"""A crowd of customers that come at once and buy nothing: for finding out who is who, at a size at which ordinary life would take too long."""

from dataclasses import replace

from connectors.sandbox.world.acts.identity_acts import bookkeeper_shared, company_mistyped, customer_recreated, gateway_customer_recreated
from connectors.sandbox.world.acts.scene import Scene
from connectors.sandbox.world.chance import happens
from connectors.sandbox.world.crm_postings import Company
from connectors.sandbox.world.life.relations import merge
from connectors.sandbox.world.names import country_of, pick_country, respelt
from connectors.sandbox.world.parties import move_in, new_gateway_customer
from connectors.sandbox.world.postings import Customer

_PROJECT_PERCENT = 13
_GATEWAY_PERCENT = 40
_TWICE_PERCENT = 8
_MERGED_PERCENT = 60
_PAYMENT_TERMS_DAYS = 30
_RARE_SHARE = 60
"""One of each rare thing happens for so many customers."""


def gather(scene: Scene, count: int) -> None:
    """Let so many customers come, some of them projects of others, entered twice, merged, entered anew, mistyped, or with one bookkeeper for two."""
    heads: list[Customer] = []
    for _ in range(count):
        customer, company = _come(scene, heads)
        if customer.parent_id is None:
            heads.append(customer)
        if happens(scene.random, _TWICE_PERCENT):
            _enter_twice(scene, company)
    for _ in range(count // _RARE_SHARE):
        for happen in (customer_recreated, gateway_customer_recreated, bookkeeper_shared, company_mistyped):
            happen(scene)


def _come(scene: Scene, heads: list[Customer]) -> tuple[Customer, Company]:
    random, books = scene.random, scene.books
    parent = random.choice(heads) if heads and happens(random, _PROJECT_PERCENT) else None
    country = pick_country(random) if parent is None else country_of(parent.address.country)
    found = move_in(books, scene.names, random, at=scene.at, country=country, parent=parent, payment_terms_days=_PAYMENT_TERMS_DAYS)
    if happens(random, _GATEWAY_PERCENT):
        books.post(scene.at, new_gateway_customer(books, random, found[0]))
    return found


def _enter_twice(scene: Scene, company: Company) -> None:
    name = respelt(scene.random, company.name, country_of(company.country))
    twin = replace(company, id=scene.books.next_id(Company), name=name, accounting_id=None)
    scene.books.post(scene.at, twin)
    if happens(scene.random, _MERGED_PERCENT):
        merge(scene.books, twin, scene.at, survivor=company)
