from datetime import date

import pytest

from connectors.files.cells import choice_reader, read_boolean, read_integer, text_reader
from connectors.files.findings import CellError, Findings
from connectors.files.identifiers import IdRules, id_reader
from hub.plugins import Lifecycle, SourceHandling


def read(value: object, *, width: int | None = None, restores: bool = True, is_whole: bool = False, tells_typed: bool = True) -> tuple[str, list[str]]:
    findings = Findings("open.csv", line=7)
    text = id_reader(IdRules("Number", width, restores, is_whole, tells_typed), findings)(value)
    assert all(notice.place == "open.csv line 7, column Number" for notice in findings.fresh)
    return text, [notice.message for notice in findings.fresh]


@pytest.mark.parametrize("text", ["0379-NEVHP", "007", "1930659387", "CCU013", "INV/2026-1", "Ñandú 5", "1E", "12E5", "E+5", "1.5.3"])
def test_an_id_is_kept_as_it_stands_without_a_word(text: str) -> None:
    assert read(text) == (text, [])


@pytest.mark.parametrize("text", ["2960623488.0", "2960623488.", "2.960623488E+09", "1E5"])
def test_an_id_that_looks_like_a_rewritten_number_is_kept_and_told_of(text: str) -> None:
    kept, messages = read(text)
    assert kept == text
    assert messages == [f"the id {text!r} looks like a number that a spreadsheet has rewritten; it was kept as it is"]


@pytest.mark.parametrize("text", ["2960623488.0", "2.960623488E+09"])
def test_with_whole_its_digits_are_restored_and_told_of(text: str) -> None:
    kept, messages = read(text, is_whole=True)
    assert kept == "2960623488"
    assert messages == [f"the id {text!r} was read as '2960623488', as `whole` declares"]


@pytest.mark.parametrize("text", ["1.2E+05", "1.23457E+11", "3E+9", "1.2e5"])
def test_an_id_whose_digits_are_lost_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="its last digits are lost"):
        read(text)


def test_lost_zeros_are_restored_to_the_declared_width() -> None:
    assert read("140105686", width=10) == ("0140105686", ["the id '140105686' got its leading zeros back: '0140105686'"])


def test_lost_zeros_are_only_told_of_where_that_is_declared() -> None:
    kept, messages = read("140105686", width=10, restores=False)
    assert kept == "140105686"
    assert "9 digits where 10 are declared" in messages[0]


@pytest.mark.parametrize("text", ["CCU013", "0140105686", "12345678901"])
def test_a_width_leaves_letters_and_long_enough_ids_alone(text: str) -> None:
    assert read(text, width=10) == (text, [])


@pytest.mark.parametrize(("cell", "text"), [(1005, "1005"), (1005.0, "1005"), (10.5, "10.5")])
def test_a_cell_typed_as_a_number_gives_its_digits_and_is_told_of(cell: object, text: str) -> None:
    kept, messages = read(cell)
    assert kept == text
    assert "typed as a number" in messages[0]


def test_a_number_in_json_is_exact_and_needs_no_word() -> None:
    assert read(1234567890123456789, tells_typed=False) == ("1234567890123456789", [])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (1234567890123456, "more than 15 digits"),
        (1.234567890123456e17, "more than 15 digits"),
        (True, "is no id"),
        (date(2026, 3, 1), "is a date in the spreadsheet"),
        ("#N/A", "an error of the spreadsheet"),
        ("#REF!", "an error of the spreadsheet"),
        ("x" * 256, "255 at most"),
        (["a"], "is no id"),
    ],
)
def test_what_cannot_be_an_id_is_refused(cell: object, reason: str) -> None:
    with pytest.raises(CellError) as caught:
        read(cell)
    assert reason in str(caught.value)


class TestOtherCells:
    @pytest.mark.parametrize(("cell", "expected"), [("Yes", True), ("n", False), ("TRUE", True), (False, False), (1, True), ("0", False)])
    def test_a_boolean_is_read_from_the_usual_words(self, cell: object, expected: bool) -> None:  # noqa: FBT001 - a table's column
        assert read_boolean(cell) is expected

    @pytest.mark.parametrize("cell", ["maybe", "", 2])
    def test_any_other_word_is_no_boolean(self, cell: object) -> None:
        with pytest.raises(CellError, match="declare what it means with `map`"):
            read_boolean(cell)

    @pytest.mark.parametrize("cell", ["1.5", "x", "", True, "1e3", "²"])
    def test_what_is_no_whole_number_is_refused(self, cell: object) -> None:
        with pytest.raises(CellError):
            read_integer(cell)

    @pytest.mark.parametrize("cell", ["Hold", "HOLD", "hold"])
    def test_a_choice_is_read_in_any_case(self, cell: str) -> None:
        assert choice_reader(SourceHandling)(cell) is SourceHandling.HOLD

    def test_a_choice_may_be_written_with_blanks_or_hyphens(self) -> None:
        assert [choice_reader(Lifecycle)(word) for word in ("written off", "Written-Off")] == [Lifecycle.WRITTEN_OFF] * 2

    def test_an_unknown_choice_names_the_known_ones(self) -> None:
        with pytest.raises(CellError, match="none of ACTIVE, HOLD, CLOSED"):
            choice_reader(SourceHandling)("Paused")

    def test_text_over_the_limit_is_refused(self) -> None:
        with pytest.raises(CellError, match="the text has 6 characters; 5 at most"):
            text_reader(5)("sixsix")

    @pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
    def test_text_that_no_database_keeps_is_refused(self, text: str) -> None:
        with pytest.raises(CellError):
            text_reader(50)(text)

    def test_text_of_several_lines_is_kept(self) -> None:
        assert text_reader(50)("Unit 4\nLeeds") == "Unit 4\nLeeds"
