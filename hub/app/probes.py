"""Probes for whoever runs the hub: is the process alive, and can it do its work. They tell nothing else."""

from collections.abc import Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from hub.access.routes import Public, declares
from hub.errors import StoreError
from hub.store.engine import Store, run_in_thread
from hub.store.migrate import current_revision, head_revision

_log = structlog.get_logger(__name__)


def build_probes(store: Store) -> Sequence[BaseRoute]:
    """`/healthz` answers while the process lives; `/readyz` answers 200 while the database can be read and has this version's schema."""
    head = head_revision()

    @declares(Public("a supervisor has no token, and learns only that the process answers"))
    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @declares(Public("a load balancer has no token, and learns only whether to send requests here"))
    async def readyz(_: Request) -> JSONResponse:
        is_ready = await run_in_thread(lambda: _has_revision(store, head))
        return JSONResponse({"status": "ready" if is_ready else "unavailable"}, 200 if is_ready else 503)

    return (Route("/healthz", healthz), Route("/readyz", readyz))


def _has_revision(store: Store, revision: str) -> bool:
    try:
        found = current_revision(store)
    except (SQLAlchemyError, StoreError) as error:
        _log.warning("database cannot be read", error=type(error).__name__)
        return False
    return found == revision
