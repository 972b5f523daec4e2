"""The sandbox: an accounting system, a CRM and a gateway that behave like real ones, and the connector that reads them.

`system` is what all three are made of: versioned objects and a log of events. `world` fills them with a company's history and lets things
happen; it keeps the ledger that tells what is true. `server` speaks HTTP for them, with faults on request. The connector itself (`plugin`,
`client`, `streams`, `mapping`, `webhooks`) knows them by HTTP only, as any connector would.
"""
