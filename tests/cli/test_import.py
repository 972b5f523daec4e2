"""`dunwell import` and `dunwell rejected`: a file comes in, and nothing of what is wrong with it is swallowed."""

import pytest

from hub.model import Connection, Invoice, RejectedRecord, SyncRun, table_of
from hub.vocabulary import ConnectionKind, RejectionStatus
from tests.cli.books import BROKEN, GOOD, HEADER, PARENTS, with_books
from tests.console import RECORDS_OF_RUNS, Console


@pytest.fixture
def books(on_each: Console) -> Console:
    return with_books(on_each)


@pytest.fixture
def imported(books: Console) -> Console:
    books.run("import", "books.csv", "--mapping", "books.toml").succeeded()
    return books


def totals(console: Console) -> dict[str, int]:
    return {row["number"]: row["total_minor"] for row in console.rows(table_of(Invoice))}


class TestAGoodFile:
    def test_is_told_in_counts_and_lands(self, books: Console) -> None:
        answer = books.run("import", "books.csv", "--mapping", "books.toml").succeeded()
        assert "Imported into books" in answer.out
        assert [line.split() for line in answer.out.splitlines() if line.startswith("books ")] == [
            ["books", "customers", "2", "0", "0"],
            ["books", "invoices", "3", "0", "0"],
        ]
        assert totals(books) == {"A1": 10000, "A2": 5025, "A3": 700}

    def test_again_changes_no_row(self, imported: Console) -> None:
        before = imported.digest(without=RECORDS_OF_RUNS)
        imported.run("import", "books.csv", "--mapping", "books.toml").succeeded()
        assert imported.digest(without=RECORDS_OF_RUNS) == before


class TestHowAFileGoesIn:
    @pytest.fixture
    def books(self, console: Console) -> Console:
        """On one database: the engine has tests of its own."""
        return with_books(console)

    def test_goes_into_the_connection_that_is_named(self, books: Console) -> None:
        books.run("import", "books.csv", "--mapping", "books.toml", "--connection", "shop").succeeded()
        assert [(row["name"], row["kind"], row["is_declared"]) for row in books.rows(table_of(Connection))] == [("shop", ConnectionKind.FILES, False)]

    def test_goes_into_a_declared_connection_with_its_kind(self, books: Console) -> None:
        settings = (books.folder / "plugins.toml").read_text()
        declared = '[connections.books]\nconnector = "files"\nkind = "ACCOUNTING"\noptions = { path = "inbox", mapping = "books.toml" }\n'
        books.write("plugins.toml", settings + declared)
        books.run("import", "books.csv", "--mapping", "books.toml").succeeded()
        assert [(row["name"], row["kind"], row["is_declared"]) for row in books.rows(table_of(Connection))] == [("books", ConnectionKind.ACCOUNTING, True)]

    def test_documents_before_the_start_are_left_out(self, books: Console) -> None:
        books.run("import", "books.csv", "--mapping", "books.toml", "--since", "2026-01-05").succeeded()
        assert totals(books) == {"A2": 5025, "A3": 700}

    def test_a_pattern_names_several(self, books: Console) -> None:
        books.write("more.csv", HEADER + "B1,C1,Ada,2026-03-02,2026-04-01,1.00\n")
        books.run("import", books.folder / "*.csv", "--mapping", "books.toml").succeeded()
        assert totals(books) == {"A1": 10000, "A2": 5025, "A3": 700, "B1": 100}

    def test_for_machines_is_one_document_and_nothing_else(self, books: Console) -> None:
        answer = books.run("import", "books.csv", "--mapping", "books.toml", "--json").succeeded()
        assert answer.err == ""
        assert answer.document == {
            "status": "SUCCEEDED",
            "preview": False,
            "error": None,
            "feeds": {
                "books": {
                    "streams": {"CUSTOMERS": {"read": 2, "created": 2}, "INVOICES": {"read": 3, "created": 3}},
                    "notices": 0,
                    "held": None,
                    "absent": 0,
                }
            },
            "absent": [],
            "rejected": [],
            "notices": [],
        }

    def test_what_was_noticed_is_shown_with_its_place(self, books: Console) -> None:
        books.write("books.csv", HEADER + "A1,C1,Ada,2026-01-02,2026-02-01,100.005\n")
        answer = books.run("import", "books.csv", "--mapping", "books.toml").succeeded()
        assert "books.csv line 2, column Total" in answer.out
        assert "100.005" in answer.out


class TestAPreview:
    def test_changes_nothing(self, imported: Console) -> None:
        imported.write("books.csv", HEADER + GOOD.replace("100.00", "90.00") + BROKEN)
        before = imported.digest()
        imported.run("import", "books.csv", "--mapping", "books.toml", "--preview")
        assert imported.digest() == before

    def test_shows_what_would_change_and_what_would_be_refused(self, imported: Console) -> None:
        imported.write("books.csv", HEADER + GOOD.replace("100.00", "90.00") + BROKEN)
        answer = imported.run("import", "books.csv", "--mapping", "books.toml", "--preview")
        assert answer.code == 5
        assert "What importing into books would do; nothing was changed" in answer.out
        assert [line.split() for line in answer.out.splitlines() if line.startswith("invoice ")] == [["invoice", "A1", "total_minor", "10000", "9000"]]
        assert [line.split() for line in answer.out.splitlines() if line.startswith("outstanding")] == [["outstanding", "157.25", "147.25"]]
        assert "books.csv line 5, column Date" in answer.out
        assert "would be rejected" in answer.err

    def test_for_machines_says_the_same(self, imported: Console) -> None:
        imported.write("books.csv", HEADER + GOOD.replace("100.00", "90.00") + BROKEN)
        document = imported.run("import", "books.csv", "--mapping", "books.toml", "--preview", "--json").document
        assert document["preview"] is True
        assert document["changes"] == [{"object": "INVOICE", "externalId": "A1", "field": "total_minor", "now": "10000", "then": "9000"}]
        assert document["receivables"]["outstanding"] == {"now": "157.25", "then": "147.25"}
        assert sorted(found["place"] for found in document["rejected"]) == [
            "books.csv line 5, column Date",
            "books.csv line 6, column Total",
            "books.csv line 7",
        ]


class TestBrokenRows:
    @pytest.fixture
    def with_broken(self, books: Console) -> Console:
        books.write("books.csv", HEADER + GOOD + BROKEN)
        return books

    def test_are_refused_with_place_and_reason_and_the_others_land(self, with_broken: Console) -> None:
        answer = with_broken.run("import", "books.csv", "--mapping", "books.toml")
        assert answer.code == 5
        assert totals(with_broken) == {"A1": 10000, "A2": 5025, "A3": 700}
        assert "books.csv line 6, column Total" in answer.out
        assert "'12x' is not an amount" in answer.out
        assert "3 records were rejected; they are kept, see `dunwell rejected list`" in answer.err

    def test_are_listed_until_they_are_mended_and_imported_again(self, with_broken: Console) -> None:
        with_broken.run("import", "books.csv", "--mapping", "books.toml")
        listed = with_broken.run("rejected", "list", "--json").succeeded().document
        assert [(found["place"], found["externalId"], found["stream"], found["connection"]) for found in reversed(listed)] == [
            ("books.csv line 7", None, None, "books"),
            ("books.csv line 5, column Date", "A4", "INVOICES", "books"),
            ("books.csv line 6, column Total", "A5", "INVOICES", "books"),
        ]
        with_broken.write("books.csv", HEADER + GOOD + BROKEN.replace("2026-13-02", "2026-03-02").replace("12x", "12.00").replace("A6,C2\n", ""))
        with_broken.run("import", "books.csv", "--mapping", "books.toml").succeeded()
        still_open = with_broken.run("rejected", "list", "--json").succeeded().document
        assert [found["place"] for found in still_open] == ["books.csv line 7"]
        assert totals(with_broken) == {"A1": 10000, "A2": 5025, "A3": 700, "A4": 10000, "A5": 1200}

    def test_in_the_list_for_people_have_place_record_and_reason(self, with_broken: Console) -> None:
        with_broken.run("import", "books.csv", "--mapping", "books.toml")
        shown = with_broken.run("rejected", "list").succeeded().out
        assert "3 open rejected records" in shown
        assert "books.csv line 6, column Total" in shown
        assert "invoices A5" in shown
        assert "'12x' is not an amount" in shown

    def test_of_which_nobody_can_tell_what_they_are_count_too(self, books: Console) -> None:
        books.write("books.csv", HEADER + GOOD + "A6,C2\n")
        answer = books.run("import", "books.csv", "--mapping", "books.toml", "--json")
        assert answer.code == 5
        assert answer.document["feeds"]["books"]["streams"]["UNKNOWN"] == {"rejected": 1}
        assert [run["rejected_count"] for run in books.rows(table_of(SyncRun))] == [1]

    def test_again_belong_to_the_run_that_refused_them_last(self, with_broken: Console) -> None:
        for _ in range(2):
            assert with_broken.run("import", "books.csv", "--mapping", "books.toml").code == 5
        last = with_broken.rows(table_of(SyncRun))[-1]["id"]
        assert [(row["run_id"], row["attempt_count"]) for row in with_broken.rows(table_of(RejectedRecord))] == [(last, 2)] * 3

    def test_that_never_were_records_cannot_be_replayed(self, with_broken: Console) -> None:
        with_broken.run("import", "books.csv", "--mapping", "books.toml")
        answer = with_broken.run("rejected", "replay", "books")
        assert (answer.code, answer.out) == (2, "")
        assert "mend the file or its mapping and import it again" in answer.err

    def test_that_are_dismissed_are_no_longer_listed_but_stay_on_record(self, with_broken: Console) -> None:
        with_broken.run("import", "books.csv", "--mapping", "books.toml")
        ids = [found["id"] for found in with_broken.run("rejected", "list", "--json").document]
        assert with_broken.run("rejected", "dismiss", *map(str, ids[:2]), "99").succeeded().err == "2 dismissed, 1 were not open\n"
        assert [found["id"] for found in with_broken.run("rejected", "list", "--json").document] == ids[2:]
        statuses = [row["status"] for row in with_broken.rows(table_of(RejectedRecord))]
        assert sorted(statuses) == [RejectionStatus.DISMISSED, RejectionStatus.DISMISSED, RejectionStatus.OPEN]


class TestRecordsThatTheHubRefused:
    def test_are_applied_by_a_replay_when_what_was_wrong_has_been_put_right(self, books: Console) -> None:
        books.run("import", "books.csv", "--mapping", "books.toml").succeeded()
        books.write("parents.toml", PARENTS)
        books.write("parents.csv", "Customer,Name,Parent\nC1,Ada,C2\n")
        books.run("import", "parents.csv", "--mapping", "parents.toml", "--connection", "books").succeeded()
        books.write("parents.csv", "Customer,Name,Parent\nC2,Bo,C1\n")
        assert books.run("import", "parents.csv", "--mapping", "parents.toml", "--connection", "books").code == 5
        books.write("parents.csv", "Customer,Name,Parent\nC1,Ada,\n")
        books.run("import", "parents.csv", "--mapping", "parents.toml", "--connection", "books").succeeded()
        assert "Applied again for books" in books.run("rejected", "replay", "books").succeeded().out
        assert books.run("rejected", "list", "--json").document == []


class TestAReplayOfNothing:
    def test_says_that_nothing_is_open(self, imported: Console) -> None:
        answer = imported.run("rejected", "replay", "books").succeeded()
        assert (answer.out, answer.err) == ("", "'books' has no open rejected records\n")
        assert imported.run("rejected", "replay", "books", "--json").succeeded().document["feeds"] == {}

    def test_of_ids_that_are_not_open_is_refused(self, imported: Console) -> None:
        answer = imported.run("rejected", "replay", "books", "7")
        assert (answer.code, answer.err) == (2, "none of these is an open rejected record of 'books'\n")

    def test_of_a_name_that_is_not_there_lists_those_that_are(self, imported: Console) -> None:
        answer = imported.run("rejected", "replay", "boks")
        assert (answer.code, answer.err) == (2, "there is no connection 'boks' (books)\n")


class TestAConnectionThatIsBusy:
    @pytest.mark.parametrize("command", [("import", "books.csv", "--mapping", "books.toml"), ("rejected", "replay", "books")], ids=lambda command: command[0])
    def test_is_told_and_nothing_is_changed(self, imported: Console, command: tuple[str, ...]) -> None:
        before = imported.digest()
        with imported.busy("books"):
            answer = imported.run(*command)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err == "the connection 'books' is being read by another process or job: wait until that has ended, then try again\n"
        assert imported.digest() == before
