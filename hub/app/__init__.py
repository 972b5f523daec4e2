"""The composition root: settings become a hub, and a hub becomes an HTTP application. Nothing below knows of it."""

from hub.app.application import create_app
from hub.app.composition import Hub, open_hub
from hub.app.logs import configure_logging
from hub.app.rule_book import start_book
from hub.app.serving import make_server

__all__ = ["Hub", "configure_logging", "create_app", "make_server", "open_hub", "start_book"]
