"""The rule book of a hub, made at its start; what is wrong with the settings' own rules is told with their place in the file."""

from hub.config import Settings
from hub.errors import ConfigurationError
from hub.evaluation.book import RuleBook, book_of
from hub.plugins.catalogue import PluginCatalogue

_RISK = ("workspace", "payment_risk")
_RULES = ("high", "medium")


def start_book(settings: Settings, catalogue: PluginCatalogue) -> RuleBook:
    """The rule book. Raises ConfigurationError, with file and line, for a rule of payment risk that cannot be used."""
    try:
        return book_of(catalogue.fields, settings.workspace)
    except ConfigurationError as error:
        for name in _RULES:
            key = f"{'.'.join(_RISK)}.{name}"
            if str(error).startswith(f"{key}: "):
                raise ConfigurationError(settings.places.of(*_RISK, name) + str(error).removeprefix(key)) from error
        raise
