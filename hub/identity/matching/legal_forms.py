"""Legal forms of companies: what stands at the end or the beginning of a name and is left out when somebody types it in quickly."""

from collections.abc import Sequence

from hub.identity.matching.folding import fold

_FORMS = (
    "GmbH|gGmbH|mbH|AG|KG|OHG|UG|SE|e. K.|e. Kfm.|e. V.|eG|GbR|KGaA|PartG|Stiftung|GesmbH|OG|"  # German-speaking countries
    "Ltd|Limited|plc|LLP|LP|CIC|Inc|Incorporated|LLC|PLLC|Corp|Corporation|Co|Company|Pty|ULC|Bhd|Sdn|"  # English-speaking countries, Malaysia
    "SARL|SAS|SASU|SA|SCOP|SCI|SNC|EURL|Sàrl|SCRL|SPRL|ASBL|"  # French
    "SL|SLU|SAU|S. Coop.|SLL|Lda|Ltda|SA de CV|S de RL|EIRELI|"  # Spanish and Portuguese
    "Srl|Srls|SpA|Snc|Sas|Soc. Coop.|Scarl|"  # Italian, Romanian
    "BV|NV|VOF|CV|CVBA|BVBA|"  # Dutch and Flemish
    "AB|HB|KB|Ek. för.|AS|ASA|ANS|DA|ApS|A/S|IS|I/S|K/S|Oy|Oyj|Ky|Tmi|hf|ehf|OÜ|SIA|UAB|"  # Nordic and Baltic
    "Sp. z o.o.|Sp. k.|Sp. j.|SKA|sro|as|spol|doo|dd|ad|ood|eood|kft|zrt|nyrt|bt|"  # Central and Eastern Europe
    "OOO|ZAO|PAO|ТОВ|ООО|ЗАО|ПАО|АО|ИП|AE|EPE|IKE|ΑΕ|ΕΠΕ|ΙΚΕ|AŞ|Ltd. Şti.|"  # Cyrillic, Greek, Turkish
    "WLL|KSCC|KSC|FZE|FZCO|FZ LLC|DMCC|QSC|SAOG|ذ.م.م|ش.م.ك|ش.م.م|"  # Gulf
    "KK|GK|YK|Pvt|Pte|PT|Tbk|Bhd|JSC"
)
_ATTACHED = ("株式会社", "有限会社", "合同会社", "合資会社", "(株)", "(有)", "주식회사", "有限公司", "股份有限公司")
"""Forms of scripts without blanks: they are part of the first or the last word."""

_SAME = {"limited": "ltd", "incorporated": "inc", "corporation": "corp", "company": "co", "ggmbh": "gmbh", "gesmbh": "gmbh"}
_JOINING = frozenset(fold(word) for word in ("and", "und", "et", "y", "en", "och", "og", "i"))
"""Words for `&`: whether it is written, and in which language, tells nobody apart."""

_LEADING = frozenset(("ooo", "zao", "pao", "ооо", "зао", "пао", "тов", "pt", "uab", "sia", "as"))
"""Forms that stand in front."""

_SEQUENCES = sorted({tuple(fold(form).split()) for form in _FORMS.split("|") if form}, key=len, reverse=True)
_LONGEST = len(_SEQUENCES[0])
_KNOWN = frozenset(_SEQUENCES) | {("".join(words),) for words in _SEQUENCES}
_FOLDED_ATTACHED = tuple(sorted({fold(form).replace(" ", "") for form in _ATTACHED}, key=len, reverse=True))


def without_form(words: Sequence[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The words of a folded name without its legal form, and the form. A name that is nothing but a form stays as it is."""
    kept = [word for word in words if word not in _JOINING] or list(words)
    found: list[str] = []
    while count := _form_at_end(kept):
        found.append("".join(kept[-count:]))
        kept = kept[:-count]
    if len(kept) > 1 and kept[0] in _LEADING:
        found.append(kept.pop(0))
    if kept:
        kept[0], before = _cut(kept[0], at_start=True)
        kept[-1], behind = _cut(kept[-1], at_start=False)
        found.extend(form for form in (before, behind) if form)
    return tuple(kept), frozenset(_SAME.get(form, form) for form in found)


def _form_at_end(words: Sequence[str]) -> int:
    """How many words at the end are a form; none where nothing else would be left."""
    for count in range(min(_LONGEST, len(words) - 1), 0, -1):
        if tuple(words[-count:]) in _KNOWN:
            return count
    return 0


def _cut(word: str, *, at_start: bool) -> tuple[str, str | None]:
    for form in _FOLDED_ATTACHED:
        if len(word) > len(form) and (word.startswith(form) if at_start else word.endswith(form)):
            return (word[len(form) :] if at_start else word[: -len(form)]), form
    return word, None
