"""Who is billed for whom follows every change of the hierarchy and of the workspace's choice, and consolidated figures with it (B43)."""

from dataclasses import replace

from hub.model import Customer, CustomerFigures
from hub.vocabulary import BillToPreference, EntityType
from tests.sync.conftest import Hub
from tests.sync.records import customer, invoice

TOP, MIDDLE, PROJECT = customer("T"), customer("M", parent_external_id="T"), customer("P", parent_external_id="M", entity_type=EntityType.PROJECT)


def billed(hub: Hub) -> dict[str, str]:
    """Whom each customer's invoices are billed to, by name."""
    rows = hub.rows(Customer, "id", "name", "bill_to_id")
    names = {key: name[-1] for key, name, _ in rows}
    return {name[-1]: names[bill_to] for _, name, bill_to in rows}


def consolidated(hub: Hub) -> list[int]:
    return [amount for (amount,) in hub.rows(CustomerFigures, "consolidated_outstanding_minor")]


async def test_a_project_is_billed_to_its_parent_and_a_company_itself(hub: Hub) -> None:
    await hub.sync([TOP, MIDDLE, PROJECT, invoice(customer_external_id="P")])
    assert billed(hub) == {"T": "T", "M": "M", "P": "M"}
    assert consolidated(hub) == [0, 10_000, 10_000]


async def test_a_parent_that_comes_later_is_billed_from_then_on(hub: Hub) -> None:
    await hub.sync([PROJECT, invoice(customer_external_id="P")])
    assert billed(hub) == {"P": "P"}
    await hub.sync([MIDDLE])
    assert billed(hub) == {"P": "M", "M": "M"}
    assert consolidated(hub) == [10_000, 10_000]


async def test_a_parent_that_is_taken_away_is_billed_no_longer(hub: Hub) -> None:
    await hub.sync([TOP, MIDDLE, PROJECT, invoice(customer_external_id="P")])
    await hub.sync([customer("P", entity_type=EntityType.PROJECT)])
    assert billed(hub) == {"T": "T", "M": "M", "P": "P"}
    assert consolidated(hub) == [0, 0, 10_000]


async def test_the_choice_of_the_workspace_counts_from_the_next_run_on(hub: Hub) -> None:
    await hub.sync([TOP, MIDDLE, invoice(customer_external_id="M")])
    assert billed(hub) == {"T": "T", "M": "M"}
    hub.workspace = replace(hub.workspace, bill_to=BillToPreference.TOP_PARENT)
    await hub.sync([])
    assert billed(hub) == {"T": "T", "M": "T"}
    assert consolidated(hub) == [10_000, 10_000]
