"""schema/subscription/change_feed.py: what is told of a change is named as the API names it."""

import pytest

from hub.sync.landing.frame import Landing
from hub.sync.landing.streams import LANDINGS
from schema.rows.catalogue import ROW_TYPES
from schema.subscription.change_feed import TYPES, UNTOLD, field_name

TOLD = [landing for landing in LANDINGS.values() if landing.entity in TYPES]


@pytest.mark.parametrize("landing", TOLD, ids=lambda landing: landing.entity.value)
def test_every_column_that_can_change_is_a_field_of_the_api(landing: Landing) -> None:
    fields = ROW_TYPES[TYPES[landing.entity]].fields
    names = {column: field_name(landing.entity, column) for column in (*landing.columns, *landing.lists, "is_deleted") if column not in UNTOLD}
    assert {column: name for column, name in names.items() if name not in fields} == {}


def test_every_record_with_customers_is_told_of() -> None:
    assert {landing.entity.name for landing in LANDINGS.values()} - {entity.name for entity in TYPES} == {"EXCHANGE_RATE"}
