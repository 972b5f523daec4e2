"""A rule book is made once for a catalogue and a workspace, and let go when others are asked for."""

import gc
import weakref
from dataclasses import replace

from hub.config import WorkspaceSettings
from hub.evaluation.book import book_of
from rules.fields import FieldCatalogue
from tests.evaluation.books import ZONE, catalogue_of
from tests.health.worlds import BASE

WORKSPACE = WorkspaceSettings("Example", BASE, ZONE, precedence={"address": ("crm",)})


def test_there_is_one_book_for_a_catalogue_and_a_workspace() -> None:
    assert book_of(catalogue_of(WORKSPACE), WORKSPACE) is book_of(catalogue_of(WORKSPACE), replace(WORKSPACE))


def test_another_field_makes_another_catalogue() -> None:
    fields = tuple(catalogue_of(WORKSPACE))
    assert book_of(FieldCatalogue(fields), WORKSPACE) is not book_of(FieldCatalogue(fields[1:]), WORKSPACE)


def test_another_precedence_is_another_workspace() -> None:
    catalogue = catalogue_of(WORKSPACE)
    assert book_of(catalogue, WORKSPACE) is not book_of(catalogue, replace(WORKSPACE, precedence={}))


def test_a_book_that_nobody_asks_for_any_more_is_let_go() -> None:
    kept = weakref.ref(book_of(catalogue_of(WORKSPACE), WORKSPACE))
    for name in ("a", "b", "c", "d"):
        book_of(catalogue_of(WORKSPACE), replace(WORKSPACE, name=name))
    gc.collect()
    assert kept() is None
