"""Who there is: customers in accounting, with their companies and contacts in the CRM and themselves at the gateway."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from connectors.sandbox.world.books import Books
from connectors.sandbox.world.chance import happens, weighted
from connectors.sandbox.world.countries import ENGLISH_TITLES, OWNERS, PROJECTS, TITLES, Country
from connectors.sandbox.world.crm_postings import Company, Contact, Subscription, SubscriptionStatus
from connectors.sandbox.world.gateway_postings import GatewayCustomer, MethodKind, PaymentMethod
from connectors.sandbox.world.names import FREEMAIL, Names, address, country_of, domain_of, person, phone, respelt, tax_id
from connectors.sandbox.world.postings import Customer

_SEGMENTS = ("enterprise", "mid-market", "small business", "public sector")
_BRANDS: dict[MethodKind, tuple[str, ...]] = {
    "card": ("visa", "mastercard", "amex"),
    "bank_debit": ("sepa_debit", "bacs_debit"),
    "wallet": ("paypal", "apple_pay"),
}
_PLANS = ("Starter", "Team", "Business", "Enterprise")
_BEGINNINGS: dict[SubscriptionStatus, int] = {"active": 65, "in_trial": 20, "future": 15}
_ROLES = (("billing",), ("decision_maker",), ("other",), ("billing", "decision_maker"))
_FREEMAIL_PERCENT = 8
_UNKNOWN_PERCENT = 12
_MONTHS = 12


def new_customer(books: Books, names: Names, random: Random, *, country: Country, parent: Customer | None, payment_terms_days: int) -> Customer:
    """A customer that is in no books yet; one with a parent is a project of it and shares its mail domain."""
    number = books.next_number("customer")
    if parent is None:
        name = legal_name = names.company(random, country)
        domain = FREEMAIL if happens(random, _FREEMAIL_PERCENT) else domain_of(name, country, number)
    else:
        legal_name, domain = parent.legal_name, parent.email.partition("@")[2]
        name = f"{parent.name} – {random.choice(PROJECTS)}"
    customer_id = books.next_id(Customer)
    mailbox = f"office{number}" if domain == FREEMAIL else random.choice(("invoices", "accounts", "ap", "office"))
    return Customer(
        id=customer_id,
        party=customer_id,
        name=name,
        legal_name=legal_name,
        email=f"{mailbox}@{domain}",
        phone=phone(random, country),
        tax_id=tax_id(random, country) if parent is None else parent.tax_id,
        currency=country.currency if parent is None else parent.currency,
        address=address(random, country) if parent is None else parent.address,
        parent_id=None if parent is None else parent.id,
        payment_terms_days=payment_terms_days,
        owner_email=random.choice(OWNERS),
        crm_id=None,
        reference=f"K{number + 10_000}",
    )


def new_company(books: Books, random: Random, customer: Customer) -> Company:
    """A customer's company in the CRM, as sales has typed it in; some do not know the customer's number in accounting."""
    country = country_of(customer.address.country)
    return Company(
        id=books.next_id(Company),
        party=customer.party,
        name=respelt(random, customer.name, country),
        domain=customer.email.partition("@")[2],
        phone=customer.phone if happens(random, 60) else phone(random, country),
        city=customer.address.city,
        country=customer.address.country,
        segment=random.choice(_SEGMENTS),
        owner_email=random.choice(OWNERS),
        accounting_id=None if happens(random, _UNKNOWN_PERCENT) else customer.id,
    )


def new_contact(books: Books, random: Random, company: Company, *, is_primary: bool) -> Contact:
    """A person at a company."""
    country, contact_id = country_of(company.country), books.next_id(Contact)
    who = person(random, country, books.next_number("contact"))
    roles = ("billing",) if is_primary else random.choice(_ROLES)
    return Contact(
        id=contact_id,
        company_id=company.id,
        name=who.name,
        title=TITLES[roles[-1]].get(country.code, ENGLISH_TITLES[roles[-1]]),
        email=f"{who.mailbox}@{company.domain}",
        phone=phone(random, country),
        roles=roles,
        is_primary=is_primary,
    )


def new_subscription(books: Books, random: Random, company: Company, *, starts_on: date) -> Subscription:
    """A subscription: most begin at once, some with a trial, some two weeks later."""
    status = weighted(random, _BEGINNINGS)
    begins = starts_on + timedelta(days=14) if status == "future" else starts_on
    return Subscription(id=books.next_id(Subscription), company_id=company.id, plan=random.choice(_PLANS), status=status, starts_on=begins)


def new_gateway_customer(books: Books, random: Random, customer: Customer) -> GatewayCustomer:
    """The customer at the gateway; where nobody filled in the reference, only the e-mail address tells who it is."""
    name = respelt(random, customer.name, country_of(customer.address.country))
    reference = None if happens(random, _UNKNOWN_PERCENT) else customer.id
    return GatewayCustomer(id=books.next_id(GatewayCustomer), party=customer.party, name=name, email=customer.email, reference=reference)


def new_payment_method(books: Books, random: Random, customer: GatewayCustomer, *, kind: MethodKind, day: date) -> PaymentMethod:
    """A primary payment method; a card is good to the end of a month, some months or years from now."""
    return PaymentMethod(
        id=books.next_id(PaymentMethod),
        customer_id=customer.id,
        kind=kind,
        brand=random.choice(_BRANDS[kind]),
        last_four=f"{random.randint(0, 9999):04d}",
        fingerprint=f"{random.getrandbits(64):016x}",
        expires_on=month_end(day, random.randint(2, 40)) if kind == "card" else None,
    )


def month_end(day: date, months: int) -> date:
    """The last day of the month some months later."""
    year, month = divmod(day.year * _MONTHS + day.month + months, _MONTHS)
    return date(year, month + 1, 1) - timedelta(days=1)


def move_in(
    books: Books, names: Names, random: Random, *, at: datetime, country: Country, parent: Customer | None, payment_terms_days: int
) -> tuple[Customer, Company]:
    """A new customer with its company and one contact; most know each other's number."""
    customer = new_customer(books, names, random, country=country, parent=parent, payment_terms_days=payment_terms_days)
    company = new_company(books, random, customer)
    if not happens(random, _UNKNOWN_PERCENT):
        customer = replace(customer, crm_id=company.id)
    books.post(at, customer, company, new_contact(books, random, company, is_primary=True))
    return customer, company
