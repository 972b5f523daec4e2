"""hub/identity/matching/names.py: which names are one, and which are not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity.matching.folding import fold
from hub.identity.matching.names import likeness, take_apart

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller Bau GmbH", "MUELLER BAU"),
        ("Großkamp Druckerei AG", "Grosskamp Druckerei"),
        ("Gøteborg Frakt AB", "Goeteborg Frakt"),
        ("Złoty Kłos Piekarnia Sp. z o.o.", "ZLOTY KLOS PIEKARNIA"),
        ("Thistle & Pike Foods Ltd", "Thistle and Pike Foods Limited"),
        ("Brandtner Logistik GmbH & Co. KG", "Brandtner Logistik & Co. KG"),
        ("株式会社桜川食品", "桜川食品"),
        ("الواحة للتجارة ذ.м.м".replace("м", "م"), "الواحة للتجارة"),
        ("L’Étoile Vins SARL", "L'Etoile Vins"),
        ("Acme – Phase 2", "ACME GMBH - PHASE 2"),
        ("PostNord", "Post Nord"),
    ],
)
def test_one_name_spelt_differently(one: str, other: str) -> None:
    found = likeness(take_apart(one), take_apart(other))
    assert (found.ratio, found.is_other_part) == (1.0, False)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Acme", "Acme – Phase 2"), ("Acme – Phase 1", "Acme – Phase 2"), ("Acme: North", "Acme: South"), ("Acme | Warehouse 12", "Acme | Warehouse 13")],
)
def test_projects_and_branches_are_told_apart(one: str, other: str) -> None:
    assert likeness(take_apart(one), take_apart(other)).is_other_part


def test_a_project_that_was_mistyped_is_the_same() -> None:
    assert not likeness(take_apart("Acme – Warehouse"), take_apart("Acme – Warehuose")).is_other_part


def test_a_swapped_letter_is_nearly_the_same() -> None:
    assert 0.9 < likeness(take_apart("Brandtner Logistik"), take_apart("Brandnter Logistik")).ratio < 1


@pytest.mark.parametrize(("one", "other"), [("Store 12 Ltd", "Store 13 Ltd"), ("Björkängen Trä", "Norrsken Energi"), ("", "Acme"), ("!!!", "???")])
def test_other_names(one: str, other: str) -> None:
    assert likeness(take_apart(one), take_apart(other)).ratio <= 0.4


def test_forms_are_told_apart_beside_the_name() -> None:
    assert likeness(take_apart("Acme Ltd"), take_apart("Acme plc")).is_form_different
    assert likeness(take_apart("Acme Ltd"), take_apart("ACME LIMITED")).is_form_equal
    assert take_apart("GmbH").core == "gmbh"


@given(NAMES)
def test_folding_again_changes_nothing_but_what_two_letters_become(text: str) -> None:
    folded = fold(text)
    assert fold(folded).replace(" ", "") == fold(fold(folded)).replace(" ", "") or len(fold(folded)) < len(folded)
    assert folded == folded.strip()
    assert not any(unicodedata.combining(letter) for letter in folded)


@given(st.text(st.characters(codec="ascii"), max_size=40))
def test_case_and_outer_blanks_tell_nobody_apart(text: str) -> None:
    assert fold(text) == fold(f"  {text.upper()} ")


@given(NAMES, NAMES)
def test_likeness_is_the_same_both_ways(one: str, other: str) -> None:
    mine, yours = take_apart(one), take_apart(other)
    there, back = likeness(mine, yours), likeness(yours, mine)
    assert (round(there.ratio, 9), there.is_other_part, there.is_form_different) == (round(back.ratio, 9), back.is_other_part, back.is_form_different)
    assert 0 <= there.ratio <= 1


@given(NAMES)
def test_a_name_is_like_itself(text: str) -> None:
    found = likeness(take_apart(text), take_apart(text))
    assert found.ratio == (1.0 if take_apart(text).core else 0.0)
    assert not found.is_other_part
