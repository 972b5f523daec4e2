"""The keys of `plugins.toml`, table by table: what is not listed here is refused."""

from collections.abc import Mapping
from types import MappingProxyType

TOP = ""
HUB = "hub"
WORKSPACE = "workspace"
AUTHORITY = "workspace.authority"
PRECEDENCE = "workspace.precedence"
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
        ),
        AUTHORITY: ("invoices", "payments"),
        PRECEDENCE: ("name", "contact_details", "tax_id", "address", "currency", "language", "terms", "owners", "segments", "hierarchy", "custom"),
        PLUGIN: ("module", "required", "options", "secrets"),
        CONNECTION: ("connector", "kind", "streams", "sync_from_date", "schedule", "options", "secrets"),
    }
)
"""The keys of each table; `plugins` and `connections` stand for any one plugin and any one connection."""
