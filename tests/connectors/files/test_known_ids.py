"""Ids of a customer in other systems, from columns of a file."""

from pathlib import Path

from hub.plugins import ConnectionKind, CrossReference, CustomerRecord
from tests.connectors.files.workbench import read_text

MAPPING = """
[[parts]]
record = "customer"
[parts.fields]
external_id = "Id"
name = "Name"
crm_id = "CRM"
accounting_id = { column = "Books", width = 4 }
hub_reference = "Hub"
"""


def test_columns_name_the_ids_in_other_systems(tmp_path: Path) -> None:
    outcome = read_text("Id,Name,CRM,Books,Hub\n1,Acme,c-7,12,\n2,Zephyr,,,Q3VzdG9tZXI6MQ\n", MAPPING, tmp_path)
    first, second = outcome.of(CustomerRecord)
    assert first.known_as == [
        CrossReference(external_id="0012", kind=ConnectionKind.ACCOUNTING),
        CrossReference(external_id="c-7", kind=ConnectionKind.CRM),
    ]
    assert (first.hub_reference, second.known_as, second.hub_reference) == (None, [], "Q3VzdG9tZXI6MQ")
