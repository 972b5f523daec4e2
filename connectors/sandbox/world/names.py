"""Invented names: companies, people, addresses, and how the same one is spelt in another system."""

import unicodedata
from dataclasses import dataclass, field
from random import Random

from connectors.sandbox.world.chance import happens, weighted
from connectors.sandbox.world.countries import COUNTRIES, Country
from connectors.sandbox.world.postings import Address

_BY_CODE = {country.code: country for country in COUNTRIES}
_WEIGHTS = {country.code: country.weight for country in COUNTRIES}
_PLAIN = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "Ł": "l", "æ": "ae", "œ": "oe", "&": " and ", "ä": "ae", "ö": "oe", "ü": "ue"})
_TLD = "example"
_TRIES = 8
FREEMAIL = f"postbox.{_TLD}"
"""A domain that many small customers share: it says nothing about who belongs together."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person's name and the part of an address before the @."""

    name: str
    mailbox: str


@dataclass(slots=True)
class Names:
    """Gives names; no two companies get the same one."""

    taken: set[str] = field(default_factory=set[str])

    def company(self, random: Random, country: Country) -> str:
        """A company name that nobody has yet."""
        name = _company(random, country)
        for _ in range(_TRIES):
            if name not in self.taken:
                break
            name = _company(random, country)
        else:
            name = f"{name} {len(self.taken)}"
        self.taken.add(name)
        return name


def pick_country(random: Random) -> Country:
    """A country, the frequent ones more often."""
    return _BY_CODE[weighted(random, _WEIGHTS)]


def country_of(code: str) -> Country:
    """The country of a code."""
    return _BY_CODE[code]


def _company(random: Random, country: Country) -> str:
    return country.company.format(stem=random.choice(country.stems), trade=random.choice(country.trades), form=random.choice(country.forms))


def person(random: Random, country: Country, number: int) -> Person:
    """A person; the number stands in for a mailbox where the name has no Latin letters."""
    given, family = random.choice(country.given), random.choice(country.family)
    mailbox = ".".join(filter(None, (slug(given), slug(family)))) or f"contact{number}"
    return Person(country.person.format(given=given, family=family), mailbox)


def slug(text: str) -> str:
    """A text in lower-case Latin letters and digits with hyphens; empty where it has none."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_PLAIN))
    letters = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return "-".join(letters.split())


def domain_of(name: str, country: Country, number: int) -> str:
    """The mail domain of a company: its first words, without its legal form."""
    words = slug(name).split("-")
    forms = {part for form in country.forms for part in slug(form).split("-")}
    kept = [word for word in words if word not in forms][:3]
    return f"{'-'.join(kept) or f'{country.code.lower()}{number}'}.{_TLD}"


def address(random: Random, country: Country) -> Address:
    """An address in a town of the country."""
    town, region, code = random.choice(country.towns)
    lines = (f"{random.choice(country.streets)} {random.randint(1, 180)}",)
    return Address(lines, town, region or None, code, country.code)


def phone(random: Random, country: Country) -> str:
    """A telephone number."""
    return f"{country.phone}{random.randint(1000, 9999)}"


def tax_id(random: Random, country: Country) -> str | None:
    """A tax id, where customers of the country have one."""
    return None if country.tax_prefix is None else f"{country.tax_prefix}{random.randint(100_000_000, 999_999_999)}"


def respelt(random: Random, name: str, country: Country) -> str:
    """A company's name as somebody else typed it in: mostly the same, else without its form, in capitals or without accents."""
    if not happens(random, 45):
        return name
    short = name
    for form in country.forms:
        short = short.replace(form, "").strip(" ,")
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return random.choice((short or name, name.upper(), plain, name.replace(" & ", " and "), f"{name} ")).strip() or name
