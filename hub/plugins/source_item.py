"""What the records of every stream carry."""

from datetime import datetime
from typing import Any, ClassVar

import msgspec

from hub.vocabulary import Stream

Custom = dict[str, str | int | bool | None]
"""Custom field values by name: text (dates as ISO text, decimals as text), whole numbers, booleans."""


class SourceItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every record carries: the id in its source, its version there, and where it stood."""

    stream: ClassVar[Stream]

    external_id: str
    source_version: int | None = None
    source_updated_at: datetime | None = None
    url: str | None = None
    create_only: bool = False
    raw: dict[str, Any] | None = None
