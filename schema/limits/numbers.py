"""The one list of limits of the API."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one request may ask for. Every number is the largest that is still let through.

    The request: `body_bytes` and `query_bytes` of UTF-8 text, `body_seconds` to send it, `json_depth` of arrays and objects in each
    other, `number_length` in characters, `list_items` in any list of the variables, `objects` in all variables together, since each
    may become a condition of a statement; in those of a mutation `mutation_objects`, since there they become rows: a thousand records
    with fifty parts each.
    The document: `tokens` (and as many comments), `operations`, `directives`; and for each operation `depth` of fields and `aliases`,
    both counted through fragments.
    The operation: `page_size` of `first` and `last`, `nodes` and `cost` as `schema.limits.cost` counts them, `operation_seconds`.
    Subscriptions: `subscriptions` of a process, `token_subscriptions` of one token, `socket_subscriptions` of one socket; `events_queued`
    for each before it is ended as too slow, and `send_seconds` for one message; `events_read` rows at a time, `events_answered` in one
    transaction; `events_poll_seconds` between two looks where nothing hints, `events_pause_seconds` after a hint, `idle_seconds` until
    a token is checked again and a stream shows that it lives.
    The answer: `request_errors` and `execution_errors`.
    """

    body_bytes: int = 4_000_000
    query_bytes: int = 100_000
    body_seconds: float = 10
    json_depth: int = 50
    number_length: int = 100
    list_items: int = 1_000
    objects: int = 500
    mutation_objects: int = 50_000
    tokens: int = 1_000
    operations: int = 10
    directives: int = 50
    depth: int = 10
    aliases: int = 15
    page_size: int = 250
    nodes: int = 10_000
    cost: int = 10_000
    operation_seconds: float = 10
    request_errors: int = 5
    execution_errors: int = 100
    concurrent_operations: int = 8
    document_cache_bytes: int = 32_000_000
    socket_message_bytes: int = 100_000
    socket_init_seconds: float = 10
    subscriptions: int = 1_000
    token_subscriptions: int = 250
    socket_subscriptions: int = 100
    events_queued: int = 10_000
    events_read: int = 1_000
    events_answered: int = 100
    events_poll_seconds: float = 0.25
    events_pause_seconds: float = 0.02
    idle_seconds: float = 15
    send_seconds: float = 30
    concurrent_deliveries: int = 4


LIMITS = Limits()
"""The limits of the hub."""
