"""Rule books for tests: the catalogue that ships with the hub, in a small workspace."""

from pathlib import Path
from zoneinfo import ZoneInfo

from hub.config import CustomField, PaymentRiskSettings, WorkspaceSettings
from hub.evaluation import fields as other_fields
from hub.evaluation.book import RuleBook
from hub.health import fields as figures
from hub.plugins import FixedClock, PluginContext
from rules.fields import FieldCatalogue
from tests.health.worlds import BASE, NOW

ZONE = ZoneInfo("Europe/Berlin")


def make_book(*, custom_fields: tuple[CustomField, ...] = (), payment_risk: PaymentRiskSettings | None = None) -> RuleBook:
    """A rule book over the catalogue of the hub."""
    workspace = WorkspaceSettings("Example", BASE, ZONE, custom_fields=custom_fields, payment_risk=payment_risk or PaymentRiskSettings())
    return RuleBook(catalogue_of(workspace), workspace)


def catalogue_of(workspace: WorkspaceSettings) -> FieldCatalogue:
    """The fields that ship with the hub."""
    context = PluginContext(plugin="x", directory=Path(), var_directory=Path("var"), clock=FixedClock(NOW), workspace=workspace, options={})
    return FieldCatalogue([*figures.hub_rule_fields(context), *other_fields.hub_rule_fields(context)])
