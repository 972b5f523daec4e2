"""The webhooks of connections that were made through the API: looked up for each delivery, so that no restart is needed."""

from hub.config import ConnectionOrigin
from hub.store.connections import find_configured
from hub.sync.given_secrets import secrets_of
from hub.sync.opening import SyncServices
from hub.sync.webhooks.receiving import Endpoint


def find_made_endpoint(services: SyncServices, name: str) -> Endpoint | None:
    """The endpoint of a made connection whose connector takes webhooks; None: there is none of that name.

    Raises ConfigurationError when its secrets are not to be had: then nobody can tell whether a delivery is genuine.
    """
    with services.store.read() as connection:
        found = find_configured(connection, services.settings, name)
    if found is None or found.origin is not ConnectionOrigin.MADE:
        return None
    connector = services.catalogue.connectors.get(found.connector)
    if connector is None or connector.webhooks is None or connector.facts.not_through_api is not None:
        return None
    secrets = secrets_of(found, services.settings, environ=services.environ, given=services.given_of(found))
    return Endpoint(found, connector.webhooks, secrets)
