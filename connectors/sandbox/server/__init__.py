"""The sandbox over HTTP: one ASGI application with an accounting system, a CRM and a gateway, which can be told to misbehave.

`accounting`, `crm` and `gateway` answer for the three systems; `listing` keeps their objects in order, `paging` reads pages from it, and
`parameters` what a request asks for. `tokens` is the accounting system's OAuth. `faults` decides which requests go wrong, `failing` makes them
go wrong, on the way (`transport`) or in the application. `sending` posts webhooks. `serving` is what `dunwell sandbox` serves.
"""

from connectors.sandbox.server.application import Keys, Systems, build_app
from connectors.sandbox.server.faults import FAULT_HEADER, Fault, FaultSchedule
from connectors.sandbox.server.sending import WebhookSender, deliveries
from connectors.sandbox.server.transport import FaultyTransport, in_process_transport

__all__ = [
    "FAULT_HEADER",
    "Fault",
    "FaultSchedule",
    "FaultyTransport",
    "Keys",
    "Systems",
    "WebhookSender",
    "build_app",
    "deliveries",
    "in_process_transport",
]
