"""Secrets at rest: what was sealed opens in its place and nowhere else, and a secret never shows itself."""

import base64
import copy
import json
import pickle
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access.sealing import SealedPlace, Sealer, Secret
from hub.access.sealing_keys import KeyPlace, SealingError
from hub.errors import ConfigurationError

CANARY = "canary-5f0c3a"
PLACE = SealedPlace("connection_secret", "books", "tokens")
OLD = base64.b64encode(b"o" * 32).decode()
NEW = base64.b64encode(b"n" * 32).decode()
NOWHERE = Path("/nowhere")


def sealer_with(text: str) -> Sealer:
    return Sealer(KeyPlace({"DUNWELL_SECRET_KEY": text}, NOWHERE, is_anything_sealed=lambda: True))


def sealer_beside(folder: Path, *, sealed: bool = False) -> Sealer:
    return Sealer(KeyPlace({}, folder, is_anything_sealed=lambda: sealed))


class TestSecret:
    @pytest.mark.parametrize("form", ["{}", "{!r}", "{!s}", "{!a}", "{:>40}", "{0!s:*^9}"])
    def test_no_text_of_it_holds_it(self, form: str) -> None:
        shown = form.format(Secret(CANARY))
        assert "***" in shown
        assert CANARY not in shown

    def test_no_text_of_what_holds_it_holds_it(self) -> None:
        assert str([Secret(CANARY)]) == "[***]"
        assert f"{Secret(CANARY)}" == "***"

    @pytest.mark.parametrize("write", [json.dumps, orjson.dumps, msgspec.json.encode, pickle.dumps, copy.deepcopy], ids=lambda found: found.__module__)
    def test_it_is_not_written_out(self, write: Callable[[object], object]) -> None:
        with pytest.raises(TypeError) as raised:
            write({"token": Secret(CANARY)})
        assert CANARY not in str(raised.value)

    def test_it_reveals_itself_to_who_asks(self) -> None:
        assert Secret(CANARY).reveal() == CANARY


class TestSealing:
    @given(text=st.text(st.characters(exclude_categories=["Cs"])))
    def test_what_was_sealed_opens_in_its_place(self, text: str) -> None:
        sealer = sealer_with(NEW)
        assert sealer.open(sealer.seal(Secret(text), PLACE), PLACE).reveal() == text

    def test_the_same_secret_is_sealed_otherwise_each_time(self) -> None:
        sealer = sealer_with(NEW)
        assert len({sealer.seal(Secret(CANARY), PLACE) for _ in range(100)}) == 100

    def test_no_part_of_it_is_readable(self) -> None:
        sealed = sealer_with(NEW).seal(Secret(CANARY), PLACE)
        assert CANARY.encode() not in sealed
        assert b"n" * 8 not in sealed

    def test_a_ciphertext_opens_in_no_other_place(self) -> None:
        sealer = sealer_with(NEW)
        names = ["a", "b", '"', "a,b", "", "|"]
        places = [SealedPlace(*words) for words in permutations(names, 3)]
        sealed = {place: sealer.seal(Secret(CANARY), place) for place in places}
        refused = 0
        for place, other in zip(places, [*places[1:], places[0]], strict=True):
            with pytest.raises(SealingError):
                sealer.open(sealed[other], place)
            refused += 1
        assert refused == len(places) == 120

    @pytest.mark.parametrize(
        ("one", "other"), [(("a", "b|c", "d"), ("a", "b", "c|d")), (("a", 'b","c', "d"), ("a", "b", 'c","d')), (("ab", "c", ""), ("a", "bc", ""))]
    )
    def test_places_that_read_alike_are_different_places(self, one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
        sealer = sealer_with(NEW)
        with pytest.raises(SealingError, match="another place"):
            sealer.open(sealer.seal(Secret(CANARY), SealedPlace(*one)), SealedPlace(*other))

    def test_no_single_byte_of_a_ciphertext_can_be_changed(self) -> None:
        sealer = sealer_with(NEW)
        sealed = sealer.seal(Secret(CANARY), PLACE)
        for position in range(len(sealed)):
            changed = bytearray(sealed)
            changed[position] ^= 1
            with pytest.raises(SealingError) as raised:
                sealer.open(bytes(changed), PLACE)
            assert CANARY not in str(raised.value)

    @pytest.mark.parametrize("length", [0, 1, 8, 9, 20, 21, 36])
    def test_a_ciphertext_that_was_cut_off_does_not_open(self, length: int) -> None:
        sealer = sealer_with(NEW)
        with pytest.raises(SealingError, match="cannot be opened"):
            sealer.open(sealer.seal(Secret(CANARY), PLACE)[:length], PLACE)


class TestKeysInTheEnvironment:
    def test_the_first_key_seals_and_all_of_them_open(self) -> None:
        old, both = sealer_with(OLD), sealer_with(f"{NEW},{OLD}")
        before = old.seal(Secret(CANARY), PLACE)
        assert both.open(before, PLACE).reveal() == CANARY
        after = both.seal(Secret(CANARY), PLACE)
        assert (both.is_outdated(before), both.is_outdated(after)) == (True, False)
        assert sealer_with(NEW).open(after, PLACE).reveal() == CANARY

    def test_a_secret_of_a_key_that_is_not_there_says_so(self) -> None:
        sealed = sealer_with(OLD).seal(Secret(CANARY), PLACE)
        with pytest.raises(SealingError, match=r"'tokens' of the connection 'books'.*not among the keys"):
            sealer_with(NEW).open(sealed, PLACE)

    @pytest.mark.parametrize("text", [f"{NEW}\n{OLD}\n", f" {NEW} , {OLD},"], ids=["lines", "commas and blanks"])
    def test_keys_may_stand_apart_in_any_way(self, text: str) -> None:
        assert sealer_with(text).open(sealer_with(OLD).seal(Secret(CANARY), PLACE), PLACE).reveal() == CANARY

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (" , ", "holds no key"),
            ("c2hvcnQ=", "key 1 has 5 bytes, not 32"),
            (f"{NEW},***{CANARY}***", "key 2 is no base64"),
            ("schlüssel", "key 1 is no base64"),
            (NEW[:-1], "key 1 is no base64"),
        ],
    )
    def test_what_is_no_key_is_refused_at_once_and_not_shown(self, text: str, reason: str) -> None:
        with pytest.raises(ConfigurationError, match=f"DUNWELL_SECRET_KEY.*{reason}") as raised:
            sealer_with(text)
        assert CANARY not in str(raised.value)

    def test_no_repr_of_the_keys_holds_a_key(self) -> None:
        place = KeyPlace({"DUNWELL_SECRET_KEY": NEW}, NOWHERE, is_anything_sealed=lambda: False)
        shown = repr((place, place.to_open(), place.to_open().sealing, Sealer(place)))
        assert NEW not in shown
        assert "nnnn" not in shown


class TestKeyFile:
    def test_it_is_made_at_the_first_need_and_only_its_owner_can_read_it(self, tmp_path: Path) -> None:
        folder = tmp_path / "var"
        sealer = sealer_beside(folder)
        assert not folder.exists()
        sealed = sealer.seal(Secret(CANARY), PLACE)
        assert [found.name for found in folder.iterdir()] == ["secret-key"]
        assert stat.S_IMODE((folder / "secret-key").stat().st_mode) == 0o600
        assert sealer_beside(folder, sealed=True).open(sealed, PLACE).reveal() == CANARY

    def test_its_text_can_move_into_the_environment(self, tmp_path: Path) -> None:
        sealed = sealer_beside(tmp_path).seal(Secret(CANARY), PLACE)
        text = (tmp_path / "secret-key").read_text()
        assert sealer_with(f"{NEW},{text}").open(sealed, PLACE).reveal() == CANARY

    def test_a_file_that_was_lost_is_told_and_not_made_anew(self, tmp_path: Path) -> None:
        sealed = sealer_beside(tmp_path).seal(Secret(CANARY), PLACE)
        (tmp_path / "secret-key").unlink()
        after = sealer_beside(tmp_path, sealed=True)
        for use in (lambda: after.open(sealed, PLACE), lambda: after.seal(Secret("new"), PLACE)):
            with pytest.raises(SealingError, match="put it back from a backup"):
                use()
        assert list(tmp_path.iterdir()) == []

    def test_a_file_that_others_can_read_is_refused(self, tmp_path: Path) -> None:
        sealer_beside(tmp_path).seal(Secret(CANARY), PLACE)
        (tmp_path / "secret-key").chmod(0o640)
        with pytest.raises(ConfigurationError, match="chmod 600"):
            sealer_beside(tmp_path).seal(Secret(CANARY), PLACE)

    def test_a_file_that_is_no_text_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "secret-key").write_bytes(b"\xff\xfe")
        with pytest.raises(ConfigurationError, match="cannot be read"):
            sealer_beside(tmp_path).seal(Secret(CANARY), PLACE)

    def test_a_folder_that_cannot_be_written_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "var").write_text("a file in the way")
        with pytest.raises(ConfigurationError, match="cannot be"):
            sealer_beside(tmp_path / "var").seal(Secret(CANARY), PLACE)

    def test_many_at_once_make_one_key(self, tmp_path: Path) -> None:
        sealers = [sealer_beside(tmp_path) for _ in range(16)]
        with ThreadPoolExecutor(16) as pool:
            running = [pool.submit(sealer.seal, Secret(CANARY), PLACE) for sealer in sealers]
            sealed = [found.result() for found in running]
        reader = sealer_beside(tmp_path, sealed=True)
        assert [reader.open(found, PLACE).reveal() for found in sealed] == [CANARY] * 16
        assert [found.name for found in tmp_path.iterdir()] == ["secret-key"]
