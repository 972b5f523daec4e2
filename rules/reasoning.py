"""What can be said of a rule without any data: whether it can be true at all, or false, and whether a part of it adds nothing.

Every field is tried with a value of each sort that the rule tells apart: each value that it names, one in each gap between them, and none at
all. What is asked of related objects may be true or false. So the answers `never` and `always` are certain, since more is tried than can be;
what hangs together in truth (two fields that are never set at once) is not known here.
"""

from collections.abc import Iterator, Sequence

from rules.findings import Finding, FindingKind
from rules.limits import MOST_COMPARED
from rules.model import ALWAYS, All, Any, Comparison, Expression, Not, Place, Related, Total
from rules.trying import BudgetSpentError, Part, Trials, part_of
from rules.writing import write_rule


def reason(expression: Expression, *, trials: Trials | None = None) -> Iterator[Finding]:
    """What is strange about a rule, outermost first; what is said of a whole is not said again of its parts.

    `trials` is the budget, None: that of a rule. Once it is spent nothing more is said; what was said before is certain.
    """
    try:
        yield from _reasoned(part_of(expression), Trials() if trials is None else trials)
    except BudgetSpentError:
        return


def _reasoned(part: Part, trials: Trials) -> Iterator[Finding]:
    if part.expression == ALWAYS:
        return
    verdict = _verdict(part, trials)
    if verdict is not None:
        kind, words = (FindingKind.ALWAYS_TRUE, "always") if verdict else (FindingKind.NEVER_TRUE, "never")
        yield Finding(kind, f"this is {words} true, whatever the values are", write_rule(part.expression), _place(part.expression))
        return
    yield from _shadowed(part, trials)
    for one in part.parts:
        yield from _reasoned(one, trials)
    match part.expression:
        case Related(condition=condition) | Total(condition=condition) if condition is not None:
            yield from _reasoned(part_of(condition), trials)
        case _:
            pass


def _verdict(part: Part, trials: Trials) -> bool | None:
    """True: it always holds; False: it never does; None: that depends, or there is too much to try.

    Parts that ask about different things are judged by themselves: all of them hold always when each does, and never when one never does. One of
    the smallest parts alone depends: a range that holds nothing is an error, and was told before.
    """
    if part not in trials.verdicts:
        trials.verdicts[part] = _judged(part, trials)
    return trials.verdicts[part]


def _judged(part: Part, trials: Trials) -> bool | None:
    match part.expression:
        case Comparison() | Related() | Total():
            return None
        case Not():
            found = _verdict(part.parts[0], trials)
            return None if found is None else not found
        case All() | Any() if len(groups := _groups(part.parts)) > 1:
            settling = isinstance(part.expression, Any)
            verdicts = {_verdict(_together(group, settling=settling), trials) for group in groups}
            return settling if settling in verdicts else None if None in verdicts else not settling
        case _:
            return _tried(part, trials)


def _together(group: Sequence[Part], *, settling: bool) -> Part:
    """Parts of a list as a list of their own; `settling` is what one part that always is so makes of the whole."""
    parts = tuple(part.expression for part in group)
    return group[0] if len(group) == 1 else Part(Any(parts) if settling else All(parts), group)


def _tried(part: Part, trials: Trials) -> bool | None:
    found: set[bool] = set()
    for case in trials.cases(part):
        found.add(part.holds(case))
        if len(found) > 1:
            return None
    return found.pop() if found else None


def _groups(parts: Sequence[Part]) -> Sequence[Sequence[Part]]:
    """The parts, those together that ask about the same thing, directly or by way of others."""
    groups: dict[int, list[Part]] = {}
    group_of: dict[str, int] = {}
    for number, part in enumerate(parts):
        touched = {group_of[subject] for subject in part.subjects if subject in group_of}
        largest = max(touched, key=lambda at: len(groups[at]), default=number)
        together = groups.setdefault(largest, [])
        added = [part, *(one for at in touched - {largest} for one in groups.pop(at))]
        together.extend(added)
        group_of.update((subject, largest) for one in added for subject in one.subjects)
    return list(groups.values())


def _shadowed(part: Part, trials: Trials) -> Iterator[Finding]:
    """Parts of a list that change nothing: in a choice, what is true only when another part is; in a conjunction, what is true whenever another is."""
    if not isinstance(part.expression, (All, Any)) or len(part.parts) > MOST_COMPARED:
        return
    wants = isinstance(part.expression, All)
    gone: set[int] = set()
    for number, one in reversed(list(enumerate(part.parts))):
        for at, other in enumerate(part.parts):
            if at != number and at not in gone and not other.subjects.isdisjoint(one.subjects) and _says_as_much(other, one, trials, wants=wants):
                gone.add(number)
                why = "whenever" if wants else "only when"
                message = f"this adds nothing: it holds {why} `{write_rule(other.expression)}` does"
                yield Finding(FindingKind.SHADOWED, message, write_rule(one.expression), _place(one.expression))
                break


def _says_as_much(other: Part, one: Part, trials: Trials, *, wants: bool) -> bool:
    """Whether a part is true whenever the other one is (`wants`), or false whenever that one is."""
    tried = False
    for case in trials.cases(other, one):
        tried = True
        if other.holds(case) is wants and one.holds(case) is not wants:
            return False
    return tried


def _place(expression: Expression) -> Place | None:
    """Where it begins: of what is made of parts, where the first of them does."""
    if isinstance(expression, (All, Any)) and expression.place is None and expression.parts:
        return _place(expression.parts[0])
    return expression.place
