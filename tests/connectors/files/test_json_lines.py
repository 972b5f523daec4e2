"""JSON Lines: paths, nested lists, exact digits."""

from pathlib import Path

import pytest

from hub.plugins import InvoiceLineItem, InvoiceRecord
from tests.connectors.files.workbench import Outcome, contract_error, ids, read_text


class TestJsonLines:
    MAPPING = """
currency = "USD"
[[parts]]
record = "invoice"
fields.external_id = "id"
fields.customer_external_id = "customer.id"
fields.document_date = "date"
fields.total = "total"
[[parts.lines]]
each = "lines"
item_name = "name"
amount = "amount"
"""

    def read(self, text: str, directory: Path) -> Outcome:
        return read_text(text, self.MAPPING, directory, name="file.jsonl")

    def test_paths_and_nested_lists_are_read(self, tmp_path: Path) -> None:
        lines = '[{"name": "A", "amount": 4}, {"name": "B", "amount": "6.10"}]'
        text = '{"id": 17, "customer": {"id": "C1"}, "date": "2026-01-01", "total": 10.10, "lines": ' + lines + "}"
        record = self.read(text, tmp_path).only(InvoiceRecord)
        assert (record.external_id, record.customer_external_id, record.total_minor) == ("17", "C1", 1010)
        assert record.lines == [InvoiceLineItem(item_name="A", amount_minor=400), InvoiceLineItem(item_name="B", amount_minor=610)]

    def test_decimals_keep_the_digits_of_the_text(self, tmp_path: Path) -> None:
        text = '{"id": "1", "customer": {"id": "C1"}, "date": "2026-01-01", "total": 9007199254740.93}\n'
        assert self.read(text, tmp_path).only(InvoiceRecord).total_minor == 900719925474093

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("{", "the line is not JSON"),
            ("[1]", "the line is not a JSON object"),
            ("null", "the line is not a JSON object"),
            ('{"id": "a\\u0000b"}', "the line has a NUL character"),
            ('{"id": "1", "customer": {"id": "C"}, "date": "2026-01-01"}', "the amount is empty"),
            ('{"id": {"a": 1}, "customer": {"id": "C"}, "date": "2026-01-01", "total": 1}', "{'a': 1} is no id"),
            ('{"id": "1", "customer": {"id": "C"}, "date": "2026-01-01", "total": 1, "lines": {"a": 1}}', "lines is not a list of objects"),
            ('{"id": "1", "customer": {"id": "C"}, "date": "2026-01-01", "total": true}', "True is not a number"),
        ],
    )
    def test_a_broken_line_is_refused_and_the_rest_goes_on(self, line: str, reason: str, tmp_path: Path) -> None:
        good = '{"id": "9", "customer": {"id": "C1"}, "date": "2026-01-01", "total": 1, "lines": [{"name": "A", "amount": 1}]}'
        outcome = self.read(f"{good}\n\n{line}\n{good.replace('9', '10', 1)}\n", tmp_path)
        assert ids(outcome) == ["9", "10"]
        (refusal,) = outcome.refusals
        assert refusal.place.startswith("file.jsonl line 3")
        assert refusal.reason.startswith(reason)

    def test_a_path_that_leads_nowhere_in_every_row_is_told_of(self, tmp_path: Path) -> None:
        outcome = self.read('{"id": "9", "customer": {"id": "C1"}, "date": "2026-01-01", "total": 1}\n', tmp_path)
        assert [(one.place, one.message) for one in outcome.notices] == [("file.jsonl", "no row has a value at 'lines'; is the path right?")]

    def test_a_line_without_end_stops_the_file(self, tmp_path: Path) -> None:
        text = '{"id": "' + "x" * (8 * 1024 * 1024) + '"}'
        assert "line 1 is longer than" in contract_error(text.encode(), tmp_path, mapping=self.MAPPING, name="file.jsonl")
