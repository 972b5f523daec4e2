"""Texts in a form in which case, accents, punctuation and the ways to write one letter no longer tell them apart."""

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"})
"""Letters that no decomposition takes apart; ß is `ss` once the case is folded."""

_GONE = re.compile(r"['’‘ʼ`´.]")
_BETWEEN = re.compile(r"[\W_]+")
_AND = re.compile(r"[&+]")
_TWO_FOR_ONE = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"))
"""Müller is Mueller and Muller, Gøteborg Goeteborg, Århus Aarhus: two letters that stand for one are the one."""


@lru_cache(maxsize=4_096)
def fold(text: str) -> str:
    """A text in lower case without accents and punctuation, its words parted by single blanks; any script. Empty for a text without letters."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    bare = _BETWEEN.sub(" ", _AND.sub(" and ", _GONE.sub("", bare)))
    for two, one in _TWO_FOR_ONE:
        bare = bare.replace(two, one)
    return " ".join(bare.split())


def squash(text: str) -> str:
    """The same without any blank: `Post Nord` is `PostNord`."""
    return fold(text).replace(" ", "")
