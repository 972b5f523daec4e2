"""The settings: one frozen object from `plugins.toml` and the environment, and everything that is wrong with them at once."""

from hub.config.connections import looks_like_secret, objection_to_name
from hub.config.environment import ENVIRONMENT_VARIABLES, read_secrets, settings_path
from hub.config.freezing import frozen, thawed
from hub.config.keys import SETTING_KEYS
from hub.config.loading import load_settings
from hub.config.places import KeyPath, SettingsPlaces, dotted, locate_keys
from hub.config.schedules import parse_schedule
from hub.config.settings import (
    DEFAULT_BUCKETS,
    MAX_BUCKETS,
    AgeingBucket,
    ConnectionOrigin,
    ConnectionSettings,
    CustomField,
    MakingSettings,
    PaymentRiskSettings,
    PluginSettings,
    ScheduleSettings,
    ServerSettings,
    Settings,
    WorkspaceSettings,
)

__all__ = [
    "DEFAULT_BUCKETS",
    "ENVIRONMENT_VARIABLES",
    "MAX_BUCKETS",
    "SETTING_KEYS",
    "AgeingBucket",
    "ConnectionOrigin",
    "ConnectionSettings",
    "CustomField",
    "KeyPath",
    "MakingSettings",
    "PaymentRiskSettings",
    "PluginSettings",
    "ScheduleSettings",
    "ServerSettings",
    "Settings",
    "SettingsPlaces",
    "WorkspaceSettings",
    "dotted",
    "frozen",
    "load_settings",
    "locate_keys",
    "looks_like_secret",
    "objection_to_name",
    "parse_schedule",
    "read_secrets",
    "settings_path",
    "thawed",
]
