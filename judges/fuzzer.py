"""schemathesis: thousands of random operations for each role, none of which may meet a fault of the hub."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import httpx
from graphql import GraphQLNamedType, GraphQLObjectType, GraphQLSchema, get_named_type, is_required_argument

from hub.vocabulary import Role
from judges.hub import Served
from judges.verdict import BUILD, HERE, REPORTS, Program, Verdict

_HOOKS = HERE / "fuzzing"
_SEED = 20_261_122
_WORKERS = 2
_FEW = 8
_SHOWN_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Fuzzer:
    """`command` is the program; `cases` is how many cases each role must have."""

    command: Path
    cases: int
    served: Served
    schema: GraphQLSchema

    def ask(self, role: Role) -> Verdict:
        """Send the cases with the token of a role."""
        report = REPORTS / f"schemathesis-{role.value}.json"
        report.parent.mkdir(exist_ok=True)
        report.unlink(missing_ok=True)
        ids = BUILD / "ids.json"
        ids.write_text(json.dumps(ids_of(self.schema, self.served)), encoding="utf-8")
        program = Program(f"schemathesis {role.value}", self._words(role))
        hooks = {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(_HOOKS), "DUNWELL_FUZZ_REPORT": str(report), "DUNWELL_FUZZ_IDS": str(ids)}
        said = program.ask({**os.environ, **hooks, "NO_COLOR": "1"}, folder=BUILD)  # what it remembers of a run goes with that folder
        if not report.exists():
            return Verdict(program.judge, is_good=False, summary="did not run", details=said.details)
        found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        failures = json.dumps(found["failures"][:_SHOWN_FAILURES], indent=1, ensure_ascii=False)
        return verdict_of(found["counts"], replace(said, details=f"{said.details}\n{failures}"), cases=self.cases)

    def _words(self, role: Role) -> list[str]:
        each = cases_of_each(self.schema, self.cases)
        options = {"checks": "no_internal_error", "phases": "fuzzing", "max-examples": each, "workers": _WORKERS, "seed": _SEED}
        words = [f"--{name}={value}" for name, value in options.items()]
        header = f"Authorization: Bearer {self.served.tokens[role]}"
        return [str(self.command), "run", self.served.url, "--header", header, "--continue-on-failure", *words]


def cases_of_each(schema: GraphQLSchema, cases: int) -> int:
    """How many cases each root field of queries and mutations must have, so that together there are as many."""
    kinds = [kind for kind in (schema.query_type, schema.mutation_type) if kind is not None]
    return math.ceil(cases / sum(len(kind.fields) for kind in kinds))


def verdict_of(counts: Mapping[str, int], said: Verdict, *, cases: int) -> Verdict:
    """What is made of the counts and of the program's own verdict.

    Also bad: fewer cases than asked for, none that was answered, or a token that stopped being valid on the way, for then the rest says nothing.
    """
    sent, answered, internal, signed_out = (counts.get(what, 0) for what in ("cases", "answered", "internal", "status 401"))
    refused = sum(number for what, number in counts.items() if what.startswith("refused "))
    summary = f"{sent} cases: {answered} answered, {refused} refused, {internal} internal errors"
    is_good = said.is_good and sent >= cases and answered > 0 and internal == 0 and signed_out == 0
    why = f"{cases} cases were asked for; {signed_out} answers said that the token is not valid"
    return Verdict(said.judge, is_good, summary, f"{said.details}\n{why}")


def ids_of(schema: GraphQLSchema, served: Served) -> Mapping[str, list[str]]:
    """Some ids of each type that the administrator can list, so that random operations ask for what is there."""
    found: dict[str, list[str]] = {}
    headers = {"Authorization": f"Bearer {served.tokens[Role.ADMIN]}"}
    query = schema.query_type
    for name, field in () if query is None else query.fields.items():
        page = cast("GraphQLNamedType", get_named_type(field.type))
        if not isinstance(page, GraphQLObjectType) or "nodes" not in page.fields:
            continue
        kind = cast("GraphQLNamedType", get_named_type(page.fields["nodes"].type))
        is_plain = not any(is_required_argument(argument) for argument in field.args.values())
        if is_plain and isinstance(kind, GraphQLObjectType) and "id" in kind.fields:
            body = {"query": f"{{ rows: {name}(first: {_FEW}) {{ nodes {{ id }} }} }}"}
            answer = cast("dict[str, Any]", httpx.post(served.url, json=body, headers=headers, timeout=30).raise_for_status().json())
            found[kind.name] = [row["id"] for row in answer["data"]["rows"]["nodes"]]
    return found
