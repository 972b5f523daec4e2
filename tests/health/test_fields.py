"""Every kept figure can be asked for in a rule, and each field names a column that is there."""

from pathlib import Path

import pytest

from hub.config import AgeingBucket, WorkspaceSettings
from hub.health.fields import hub_rule_fields
from hub.model import CustomerFigures, table_of
from hub.plugins import Field, FieldType, Level, PluginContext
from rules.fields import FieldCatalogue
from tests.plugins.samples import CLOCK, WORKSPACE

COLUMNS = {f"customer_figures.{column.name}" for column in table_of(CustomerFigures).columns}
NOT_FOR_RULES = {"customer_id", "business_date", "inferred_count", "oldest_invoice_id", "oldest_overdue_invoice_id", "is_complete", "missing_rates"}


def fields(workspace: WorkspaceSettings = WORKSPACE) -> list[Field]:
    return hub_rule_fields(PluginContext(plugin="x", directory=Path(), var_directory=Path("var"), clock=CLOCK, workspace=workspace, options={}))


def sources(field: Field) -> list[str]:
    return field.source.split(" / ")


def test_ids_are_unique() -> None:
    assert len(FieldCatalogue(fields())) == len(fields())


@pytest.mark.parametrize("field", fields(), ids=lambda field: field.id)
def test_a_field_names_columns_that_are_there(field: Field) -> None:
    assert set(sources(field)) <= COLUMNS
    assert field.level is Level.CUSTOMER


def test_every_kept_figure_has_a_field() -> None:
    asked = {source for field in fields() for source in sources(field)}
    left = {column.removeprefix("customer_figures.") for column in COLUMNS - asked}
    assert {name for name in left if not name.startswith("ageing_")} == NOT_FOR_RULES


@pytest.mark.parametrize(
    "name",
    [
        "outstanding",
        "overdue",
        "net_overdue",
        "open_debits",
        "unaccounted_payment",
        "unutilised_credit",
        "total_amount_paid",
        "total_amount_due",
        "billed_amount",
        "overdue_invoice_count",
        "overdue_percent",
        "consolidated_outstanding",
        "consolidated_overdue",
        "consolidated_overdue_percent",
    ],
)
def test_the_figures_of_the_specification_are_there(name: str) -> None:
    assert name in FieldCatalogue(fields())


def test_amounts_are_in_the_workspace_currency() -> None:
    assert {field.unit for field in fields() if field.type is FieldType.MONEY} == {"workspace currency"}


def test_each_configured_ageing_bucket_is_a_field_on_its_own_column() -> None:
    buckets = (AgeingBucket(None, 0), AgeingBucket(1, 15), AgeingBucket(16, None))
    workspace = WorkspaceSettings("Example", "EUR", WORKSPACE.time_zone, ageing_buckets=buckets)
    found = {field.id: field.source for field in fields(workspace) if field.id.startswith("ageing")}
    assert found == {
        "ageing[current]": "customer_figures.ageing_1_minor",
        "ageing[1..15]": "customer_figures.ageing_2_minor",
        "ageing[16..]": "customer_figures.ageing_3_minor",
    }
