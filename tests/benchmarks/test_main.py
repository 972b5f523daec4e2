import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import application
from tests.benchmarks.conftest import INVOICES, Measured


@pytest.mark.parametrize("measured", ["sqlite"], indirect=True)
def test_a_command_measures_prints_and_writes_what_it_found(measured: Measured, tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    measured.workshop.filled(measured.databases, measured.ledger)
    arguments = ["figures", "--invoices", str(INVOICES), "--rounds", "2", "--refresh-rounds", "2", "--database", "sqlite"]
    result = CliRunner().invoke(application, [*arguments, "--folder", str(measured.workshop.folder), "--json", str(found)])
    assert result.exit_code in {0, 1}, result.output  # 1: a target was missed, which says nothing at this size
    assert "figures of all customers" in result.output
    assert json.loads(found.read_text(encoding="utf-8"))["findings"][0]["size"] == "1,200"


def test_a_size_that_is_no_size_is_refused(tmp_path: Path) -> None:
    assert CliRunner().invoke(application, ["figures", "--invoices", "0", "--folder", str(tmp_path)]).exit_code == 2
