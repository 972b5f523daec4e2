"""The keys of `plugins.toml`, table by table: what is not listed here is refused."""

from collections.abc import Mapping
from types import MappingProxyType

TOP = ""
HUB = "hub"
WORKSPACE = "workspace"
AUTHORITY = "workspace.authority"
PRECEDENCE = "workspace.precedence"
CUSTOM_FIELD = "workspace.custom_fields"
PAYMENT_RISK = "workspace.payment_risk"
PLUGIN = "plugins"
CONNECTION = "connections"

SETTING_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        TOP: ("hub", "workspace", "plugins", "connections"),
        HUB: ("database_url", "var_directory", "host", "port", "upload_megabytes", "export_megabytes", "private_hosts", "secret_variables"),
        WORKSPACE: (
            "name",
            "base_currency",
            "time_zone",
            "ageing_buckets",
            "overdue_grace_days",
            "conversion_date",
            "bill_to",
            "authority",
            "precedence",
            "mass_close_percent",
            "unconfirmed_days",
            "custom_fields",
            "payment_risk",
        ),
        AUTHORITY: ("invoices", "payments"),
        PRECEDENCE: ("name", "contact_details", "tax_id", "address", "currency", "language", "terms", "owners", "segments", "hierarchy", "custom"),
        CUSTOM_FIELD: ("of", "field", "type", "meaning"),
        PAYMENT_RISK: ("high", "medium", "scorer"),
        PLUGIN: ("module", "required", "options", "secrets"),
        CONNECTION: ("connector", "kind", "streams", "sync_from_date", "schedule", "options", "secrets"),
    }
)
"""The keys of each table; `plugins`, `connections` and `workspace.custom_fields` stand for any one of these."""
