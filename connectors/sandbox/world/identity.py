"""Who is who in truth: which objects of the three systems are one party, whatever they are called and whoever names whom."""

from collections.abc import Mapping

from connectors.sandbox.world.crm_postings import Company
from connectors.sandbox.world.entries import Entries
from connectors.sandbox.world.gateway_postings import GatewayCustomer
from connectors.sandbox.world.postings import Customer


def parties_of(entries: Entries) -> Mapping[tuple[str, str], str]:
    """The party of each customer and company by system and id, deleted ones too: those of one party have equal texts.

    A project is a party of its own. What was entered twice or anew is the party that it was. Companies that the CRM has merged are one,
    and so are the parties that they were.
    """
    heads: dict[str, str] = {}

    def head(party: str) -> str:
        while party in heads:
            party = heads[party]
        return party

    companies = entries.of(Company)
    for company in companies.values():
        if company.merged_into is not None:
            first, second = sorted((head(company.party), head(companies[company.merged_into].party)))
            if first != second:
                heads[second] = first
    return {(kind.system, key): head(posting.party) for kind in (Customer, Company, GatewayCustomer) for key, posting in entries.of(kind).items()}
