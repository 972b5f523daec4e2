"""What one operation runs with."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.plugins.services import HubServices


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One operation: who asks, the read transaction that every statement of it uses, and the business date that "today" means.

    `request_id` names the request in logs and in masked errors.
    """

    services: HubServices
    principal: Principal
    connection: sa.Connection
    today: date
    request_id: str
