"""Names of customers: their core without legal form and spelling, the part that names a project, and how alike two of them are."""

import re
from dataclasses import dataclass
from functools import lru_cache

from hub.identity.matching.folding import fold
from hub.identity.matching.legal_forms import without_form

_PART = re.compile(r"\s+[-–—|/:]+\s+|\s*[–—|]\s*|:\s+")
"""What stands between a customer's name and that of its project or branch."""

_GRAM = 3
_MOST_CELLS = 2_500
"""Names whose lengths multiply to more are compared by their trigrams alone: the distance would take too long."""

_MISTYPED_FROM = 0.4
"""Names that share fewer trigrams are not one name mistyped, whatever their distance."""

SAME_WORD = 0.8
"""Two words of a project that are alike by so much are one that was mistyped: a letter in five. North and South are not."""

OTHER_ORDER = 0.95
"""How alike two names with the same words in another order are."""

OTHER_NUMBER = 0.4
"""The most that two names are alike whose numbers differ: Store 12 is not Store 13."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart. `core` is the name without form and blanks; `part` the words of its project or branch, none for most."""

    text: str
    words: tuple[str, ...]
    form: frozenset[str]
    part: tuple[str, ...]
    core: str
    whole: str
    grams: frozenset[str]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The words of the name itself that hold a digit, in order."""
        return tuple(sorted(word for word in self.words if any(letter.isdigit() for letter in word)))


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two names are, 0 to 1. `is_other_part`: they name different projects of one customer, or a customer and its project."""

    ratio: float
    is_other_part: bool = False
    is_form_equal: bool = False
    is_form_different: bool = False


@lru_cache(maxsize=4_096)
def take_apart(text: str) -> Name:
    """A name in its pieces. One that holds no letter in any script has an empty core, and is like no other."""
    head, *rest = _PART.split(text.strip())
    words, form = without_form(fold(head).split())
    part = tuple(fold(" ".join(rest)).split())
    if rest and not words:
        words, part = part, ()
    core = "".join(words)
    return Name(text.strip(), words, form, part, core, core + "".join(part), _grams(core))


def likeness(one: Name, other: Name) -> Likeness:
    """How alike two names are. The legal form does not count in the ratio: it is often left out, and told apart beside it."""
    if not one.core or not other.core:
        return Likeness(0.0)
    if one.whole == other.whole:
        return _with_forms(one, other, 1.0)
    if _is_other_part(one, other):
        return Likeness(_ratio(one, other), is_other_part=True)
    return _with_forms(one, other, _ratio(one, other))


def _with_forms(one: Name, other: Name, ratio: float) -> Likeness:
    """Forms of which one is a part of the other are neither equal nor different: `GmbH & Co. KG` is often cut short."""
    if not one.form or not other.form:
        return Likeness(ratio)
    is_different = not (one.form <= other.form or other.form <= one.form)
    return Likeness(ratio, is_form_equal=one.form == other.form, is_form_different=is_different)


def _is_other_part(one: Name, other: Name) -> bool:
    if one.part == other.part:
        return False
    if not one.part or not other.part:
        return True
    return len(one.part) != len(other.part) or not all(_is_one_word(mine, yours) for mine, yours in zip(one.part, other.part, strict=True))


def _is_one_word(one: str, other: str) -> bool:
    has_digit = any(letter.isdigit() for letter in one + other)
    return one == other or (not has_digit and min(len(one), len(other)) > _GRAM and _edit_ratio(one, other) >= SAME_WORD)


def _ratio(one: Name, other: Name) -> float:
    if one.core == other.core:
        return 1.0
    if sorted(one.words) == sorted(other.words):
        return OTHER_ORDER
    shared = 2 * len(one.grams & other.grams) / (len(one.grams) + len(other.grams))
    is_close = shared >= _MISTYPED_FROM and len(one.core) * len(other.core) <= _MOST_CELLS
    ratio = max(shared, _edit_ratio(one.core, other.core)) if is_close else shared
    return min(ratio, OTHER_NUMBER) if one.numbers != other.numbers else ratio


def _grams(text: str) -> frozenset[str]:
    padded = f"  {text} "
    return frozenset(padded[start : start + _GRAM] for start in range(len(padded) - _GRAM + 1))


def _edit_ratio(one: str, other: str) -> float:
    """One less the share of letters that must be added, taken away, changed or swapped with their neighbour; 0 for less than `SAME_WORD`."""
    longest = max(len(one), len(other), 1)
    most = int(longest * (1 - SAME_WORD) + 1e-9)
    start = next((place for place, (mine, yours) in enumerate(zip(one, other, strict=False)) if mine != yours), min(len(one), len(other)))
    one, other = one[start:], other[start:]
    end = next((place for place, (mine, yours) in enumerate(zip(reversed(one), reversed(other), strict=False)) if mine != yours), min(len(one), len(other)))
    distance = _distance(one[: len(one) - end], other[: len(other) - end], most)
    return 0.0 if distance > most else 1 - distance / longest


def _distance(one: str, other: str, most: int) -> int:
    """The letters to add, take away, change or swap; any number above `most` where there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, mine in enumerate(one, start=1):
        line = [row]
        for column, yours in enumerate(other, start=1):
            cost = last[column - 1] if mine == yours else 1 + min(last[column - 1], last[column], line[column - 1])
            if row > 1 and column > 1 and mine == other[column - 2] and one[row - 2] == yours:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return last[-1]
