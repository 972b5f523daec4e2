"""An export is what paging by hand gives, as one state of the database, with the rights of whoever asked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from hub.crashpoints import watch_crashpoints
from hub.model import ApiToken, AuditEntry, BulkOperation, Customer, Invoice, JobRun, table_of
from hub.vocabulary import JobStatus, Role
from tests.schema.export.place import INVOICES, Place, by_hand, lines
from tests.schema.hub import NOW


def filled(place: Place, count: int) -> int:
    """Some customers with invoices; the key of the first customer."""
    first = place.hub.customer("Acme")
    other = place.hub.customer("Bäcker & Söhne, „Nord“")
    for number in range(count):
        place.hub.invoice(first if number % 3 else other, 1_000 + number, number=f"N{number:05d}" if number % 7 else None)
    return first


def many_invoices(place: Place, count: int) -> None:
    """Copies of one invoice."""
    place.hub.invoice(place.hub.customer("Acme"), 1_000, number="N")
    invoices = table_of(Invoice)
    with place.store.write() as connection:
        row = dict(connection.execute(sa.select(invoices)).mappings().one())
        del row["id"]
        connection.execute(sa.insert(invoices), [row | {"number": f"N{number}"} for number in range(count - 1)])


# --- what comes out -------------------------------------------------------------------------------


async def test_a_file_has_the_objects_that_paging_by_hand_gives_in_the_same_order(place: Place) -> None:
    filled(place, 520)
    content = await place.exported()
    select = "id number total { amount currency } customer { name }"
    assert lines(content) == by_hand(place, "invoices", arguments="orderBy: [{field: NUMBER}],", select=select, size=250)


@pytest.mark.parametrize(
    ("arguments", "select"),
    [
        ("", "id"),
        ("where: {number: {isNull: true}},", "id number"),
        ('where: {or: [{total: {gte: {amount: "10.40", currency: EUR}}}, {number: {startsWith: "N0001"}}]},', "n: number id status isOverdue"),
        ('where: {customer: {name: {contains: "söhne"}}}, orderBy: [{field: TOTAL, direction: DESC}],', "id total { amount }"),
        ("where: {not: {isOpen: true}},", "id"),
        ("orderBy: [{field: NUMBER, direction: DESC, nulls: FIRST}, {field: DUE_DATE}],", "id ...on Invoice { lines { position } } __typename"),
    ],
    ids=["all", "without a number", "either", "by customer", "nothing", "two keys"],
)  # fmt: skip
async def test_filters_and_orders_are_those_of_the_api(place: Place, arguments: str, select: str) -> None:
    filled(place, 50)
    found = await place.exported(f"{{ invoices({arguments.rstrip(',')}) {{ edges {{ node {{ {select} }} }} }} }}".replace("()", ""))
    assert lines(found) == by_hand(place, "invoices", arguments=arguments, select=select)


async def test_an_empty_list_is_an_empty_file(place: Place) -> None:
    assert await place.exported() == b""
    assert await place.exported("{ payments { nodes { id } } }", "CSV") == b"\xef\xbb\xbfid\r\n"


async def test_fragments_and_directives_mean_what_they_do_in_a_request(place: Place) -> None:
    filled(place, 3)
    query = "query Named { invoices { nodes { ...all } } } fragment all on Invoice { id number @skip(if: true) customer @include(if: true) { name } }"
    assert [set(found) for found in lines(await place.exported(query))] == [{"id", "customer"}] * 3


async def test_every_list_of_the_api_can_be_exported(place: Place) -> None:
    filled(place, 1)
    assert place.hub.schema.core.query_type is not None
    listed = [name for name, found in place.hub.schema.core.query_type.fields.items() if str(found.type).endswith("Connection")]
    assert {"customers", "auditLog", "bulkOperations", "mismatches"} <= set(listed)
    for name in listed:
        asked = '(rule: {text: "always"})' if name.startswith("ruleEvaluate") else ""
        await place.exported(f"{{ {name}{asked} {{ nodes {{ __typename }} }} }}")


async def test_a_large_list_comes_out_whole_with_few_statements_and_flat_memory(place: Place) -> None:
    """Twenty thousand rows: no page is larger than a request may ask for, and each takes the same few statements."""
    many_invoices(place, 20_000)
    sizes: list[int] = []

    def note(_connection: object, cursor: Any, statement: str, *_: object) -> None:  # noqa: ANN401 - the signature is SQLAlchemy's
        if statement.startswith("SELECT") and " invoice" in statement and "LIMIT" in statement:
            sizes.append(cursor.rowcount)

    operation = place.ask("{ invoices { nodes { id number customer { name } } } }")
    event.listen(place.store.engine, "after_cursor_execute", note)
    try:
        await place.run()
    finally:
        event.remove(place.store.engine, "after_cursor_execute", note)
    found = place.look(operation)
    assert found is not None
    assert (found["status"], found["objectCount"]) == ("COMPLETED", 20_000)
    content = (await place.fetch(found["url"])).content
    assert len({line["id"] for line in lines(content)}) == 20_000
    assert len(sizes) == 80
    assert max(sizes) <= 251


# --- one state ------------------------------------------------------------------------------------


async def test_rows_that_change_while_it_is_written_are_there_as_they_were(place: Place) -> None:
    customer = filled(place, 600)
    before = by_hand(place, "invoices", arguments="orderBy: [{field: NUMBER}],", select="id number total { amount currency } customer { name }", size=250)

    def change(name: str) -> None:
        if name == "export.page_written":
            with place.store.write() as connection:
                connection.execute(sa.update(table_of(Customer)).values(name=Customer.name + "!"))
                connection.execute(sa.update(table_of(Invoice)).where(table_of(Invoice).c.id % 5 == 0).values(number="A", total_minor=1))
            place.hub.invoice(customer, 5, number="N00300")

    watch_crashpoints(change)
    try:
        content = await place.exported()
    finally:
        watch_crashpoints(None)
    assert lines(content) == before


# --- how it goes on -------------------------------------------------------------------------------


async def test_an_operation_tells_how_it_goes(place: Place) -> None:
    many_invoices(place, 6_000)
    operation = place.ask("{ invoices { nodes { id } } }")
    assert {key: operation[key] for key in ("status", "format", "objectCount", "byteSize", "url", "startedAt", "completedAt", "expiresAt")} == {
        "status": "QUEUED",
        "format": "JSONL",
        "objectCount": 0,
        "byteSize": "0",
    } | dict.fromkeys(("url", "startedAt", "completedAt", "expiresAt"))
    seen: list[tuple[str, int]] = []

    def look(name: str) -> None:
        if name == "export.page_written":
            found = place.operations()[0]
            seen.append((found["status"].value, found["object_count"]))

    watch_crashpoints(look)
    try:
        await place.run()
    finally:
        watch_crashpoints(None)
    assert set(seen) == {("RUNNING", 0), ("RUNNING", 5_000)}
    found = place.look(operation)
    assert found is not None
    assert (found["status"], found["objectCount"], found["errorCode"], found["problem"]) == ("COMPLETED", 6_000, None, None)
    assert found["url"] == f"/exports/{operation['id']}"
    assert found["expiresAt"] == (NOW + timedelta(days=7)).isoformat().replace("+00:00", "Z")


async def test_the_audit_log_has_what_was_asked_and_how_much_left(place: Place) -> None:
    filled(place, 3)
    await place.exported()
    entries = [entry for entry in place.hub.rows(AuditEntry) if entry["action"] == "bulkExport"]
    assert [(entry["actor"], entry["token_id"], entry["entity"], entry["input"]["query"]) for entry in entries] == [
        ("ada", place.ada.id, "BulkOperation", INVOICES)
    ] * 2
    assert entries[0]["changes"]["status"] == [None, "QUEUED"]
    assert entries[1]["changes"] == {"status": ["RUNNING", "COMPLETED"], "objectCount": [None, 3]}


async def test_a_token_has_one_export_at_a_time(place: Place) -> None:
    place.ask()
    assert [(field, code) for field, code, _ in place.refusals(INVOICES)] == [(None, "CONFLICT")]
    place.ask(by=place.token("bo", Role.FINANCE))
    await place.run()
    place.ask()


def test_of_requests_at_the_same_time_one_is_taken(place: Place) -> None:
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(place.act, INVOICES, key=f"key-{number}") for number in range(4)]
        answers = [found.result() for found in asked]
    assert sorted(len(answer.data["done"]["userErrors"]) for answer in answers) == [0, 1, 1, 1]
    assert len(place.operations()) == 1


async def test_one_that_is_cancelled_leaves_nothing(place: Place) -> None:
    filled(place, 600)
    operation = place.ask()

    def cancel(name: str) -> None:
        if name == "export.page_written" and place.operations()[0]["status"].value == "RUNNING":
            place.cancel(operation)

    watch_crashpoints(cancel)
    try:
        await place.run()
    finally:
        watch_crashpoints(None)
    found = place.look(operation)
    assert found is not None
    assert (found["status"], found["url"]) == ("CANCELLED", None)
    assert place.files() == []
    assert (await place.fetch(f"/exports/{operation['id']}")).status_code == 404
    assert place.hub.refused("bulkOperationCancel", {"id": operation["id"]}) == [(["id"], "CONFLICT")]
    await place.exported()


async def test_one_that_waits_is_cancelled_with_its_job(place: Place) -> None:
    place.cancel(place.ask())
    assert [job["status"] for job in jobs(place)] == [JobStatus.CANCELLED]
    await place.run()
    assert place.files() == []


def jobs(place: Place) -> list[dict[str, Any]]:
    return place.hub.rows(JobRun)


# --- whose rights ---------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "between pages", "at the end"])
@pytest.mark.parametrize("how", ["revoked", "role", "expired"])
async def test_a_token_that_loses_its_rights_gets_no_file(place: Place, when: str, how: str) -> None:
    filled(place, 300)
    operation = place.ask()
    places = {"between pages": "export.page_written", "at the end": "export.file_named"}

    def lose(name: str) -> None:
        if name == places.get(when):
            take_away(place, how)

    if when == "before":
        take_away(place, how)
    watch_crashpoints(lose)
    try:
        await place.run()
    finally:
        watch_crashpoints(None)
    [row] = place.operations()
    assert (row["status"].value, row["error_code"].value) == ("FAILED", "ACCESS_LOST")
    assert "token" in row["problem"]
    assert place.files() == []
    assert (await place.fetch(f"/exports/{operation['id']}")).status_code in {401, 404}


def take_away(place: Place, how: str) -> None:
    """Make the administrator's token worth less."""
    if how == "revoked":
        place.revoke(place.ada)
    elif how == "role":
        place.change(ApiToken, place.ada.id, role=Role.FINANCE)
    else:
        place.change(ApiToken, place.ada.id, expires_at=NOW)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("{ auditLog { nodes { id } } }", "Query.auditLog"),
        ("{ apiTokens { edges { node { name } } } }", "Query.apiTokens"),
    ],
)
async def test_what_a_role_may_not_see_it_cannot_export(place: Place, query: str, field: str) -> None:
    refusals = place.refusals(query, by=place.token("bo", Role.FINANCE))
    assert refusals == [(["query"], "INVALID", f"Your role may not use `{field}`.")]
    assert place.operations() == []


async def test_rights_that_were_lost_through_an_update_of_the_roles_end_it(place: Place) -> None:
    """The query was good for the role of an administrator, and is judged again when it is read, with the role that the row says."""
    operation = place.ask("{ auditLog { nodes { id } } }")
    place.change(ApiToken, place.ada.id, role=Role.FINANCE)
    place.change(BulkOperation, place.operations()[0]["id"], role=Role.FINANCE)
    await place.run()
    [row] = place.operations()
    assert (row["error_code"].value, row["problem"]) == ("QUERY_REFUSED", "Your role may not use `Query.auditLog`.")
    assert (await place.fetch(f"/exports/{operation['id']}")).status_code == 404


async def test_rows_are_those_that_the_asker_may_see(place: Place) -> None:
    """Deleted ones, for instance, which every role that may export may see; and the operations of others, which they may not."""
    bo = place.token("bo", Role.FINANCE)
    mine, theirs = place.ask(by=bo), place.ask()
    await place.run()
    assert place.look(mine, by=bo) is not None
    assert place.look(theirs, by=bo) is None
    seen = place.look(mine)
    assert seen is not None
    assert (seen["status"], seen["url"]) == ("COMPLETED", None)
    again = place.ask("{ bulkOperations { nodes { id } } }", by=bo)
    await place.run()
    found = place.look(again, by=bo)
    assert found is not None
    assert {line["id"] for line in lines((await place.fetch(found["url"], by=bo)).content)} == {mine["id"], again["id"]}


async def test_nobody_cancels_what_another_asked_but_an_administrator(place: Place) -> None:
    bo, cy = place.token("bo", Role.FINANCE), place.token("cy", Role.AUDITOR)
    operation = place.ask(by=bo)
    answer = place.hub.act("bulkOperationCancel", {"id": operation["id"]}, cy.role, token_id=cy.id)
    assert [error["code"] for error in answer.data["done"]["userErrors"]] == ["NOT_FOUND"]
    place.cancel(operation)


# --- queries that are none ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Syntax Error"),
        ("{", "Syntax Error"),
        ("{ invoices { nodes { nothing } } }", "Cannot query field 'nothing'"),
        ("{ viewer { name } }", "no list that can be exported"),
        ('{ node(id: "x") { id } }', "no list that can be exported"),
        ("{ __schema { types { name } } }", "no list that can be exported"),
        ("{ a: invoices { nodes { id } } b: payments { nodes { id } } }", "one root field"),
        ("query a { invoices { nodes { id } } } query b { invoices { nodes { id } } }", "one query of one list"),
        ("subscription { changeEvents { cursor } }", "one query of one list"),
        ('mutation { jobCancel(input: {id: "x"}) { userErrors { code } } }', "one query of one list"),
        ("query($a: Boolean!) { invoices(where: {isOpen: $a}) { nodes { id } } }", "no variables"),
        ("{ ...f } fragment f on Query { invoices { nodes { id } } }", "one root field"),
        ("{ invoices @include(if: false) { nodes { id } } }", "one root field"),
        ("{ invoices(first: 3) { nodes { id } } }", "leave out `first`"),
        ("{ invoices(before: null) { nodes { id } } }", "leave out `before`"),
        ("{ invoices { totalCount } }", "`nodes`, or `edges` with `node`"),
        ("{ invoices { nodes { id } pageInfo { hasNextPage } } }", "`nodes`, or `edges` with `node`"),
        ("{ invoices { edges { cursor node { id } } } }", "`nodes`, or `edges` with `node`"),
        ("{ customers { nodes { id invoices { nodes { id } } } } }", "`invoices` is a list of pages"),
        ("{ invoices { nodes { customer { p: payments(first: 250) { totalCount } } } } }", "`customer.p` is a list of pages"),
        ("{ invoices { nodes { ...f } } } fragment f on Invoice { customer { ...g } } fragment g on Customer { contacts { nodes { id } } }",
         "`customer.contacts` is a list of pages"),
        ('{ invoices(where: {dueDate: {lt: "tomorrow"}}) { nodes { id } } }', "no date"),
        ('{ invoices(where: {id: {eq: "x"}}) { nodes { id } } }', "no id of this API"),
        ("{ invoices { nodes { " + " ".join(f"a{number}: id" for number in range(20)) + " } } }", "aliases"),
        ("{ invoices { nodes { " + "customer { parent { " * 6 + "id" + " } }" * 6 + " } } }", "levels deep"),
        ("{ invoices { nodes { " + "id " * 1_100 + " } } }", "Syntax Error"),
    ],
)  # fmt: skip
def test_what_is_no_query_of_one_list_is_refused_in_words(place: Place, query: str, words: str) -> None:
    [(field, code, message)] = place.refusals(query)
    assert (field, code) == (["query"], "INVALID")
    assert words in message
    assert place.operations() == []
