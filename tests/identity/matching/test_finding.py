"""hub/identity/matching/finding.py: what is decided without a person, what is suggested, and what never is."""

import pytest

from hub.identity.matching import dismiss_suggestion, keep_apart
from hub.plugins.records import CrossReference
from hub.store.engine import Store
from hub.vocabulary import ConnectionKind, EvidenceFeature, MatchRule, SuggestionKind
from tests.identity.matching.register import NOW, Register, between, known, record

CRM, ACCOUNTING = ConnectionKind.CRM, ConnectionKind.ACCOUNTING
BOTH = between(("books", "A"), ("crm", "1"))


@pytest.fixture
def register(store: Store) -> Register:
    return Register(store)


class TestIdsElsewhere:
    def test_a_unique_id_elsewhere_decides(self, register: Register) -> None:
        register.put("books", record("A", "Acme Ltd"))
        register.put("crm", record("1", "Something Else", known_as=known(ACCOUNTING, "A")))
        register.find()
        assert register.matches[BOTH].rule is MatchRule.CROSS_REFERENCE
        assert register.matches[BOTH].evidence[0].text == "crm 1 says that its id in ACCOUNTING is A"
        assert register.suggestions() == {}

    @pytest.mark.parametrize("first", ["books", "crm"])
    def test_whichever_comes_first(self, register: Register, first: str) -> None:
        made = {"books": record("A"), "crm": record("1", "Other", known_as=known(ACCOUNTING, "A"))}
        for system in sorted(made, key=lambda name: name != first):
            register.put(system, made[system])
            register.find()
        assert set(register.matches) == {BOTH}

    def test_a_connection_can_be_named(self, register: Register) -> None:
        register.connect("books2", ACCOUNTING)
        register.put("books2", record("A", "Borealis"))
        register.put("books", record("A", "Acme"))
        register.put("crm", record("1", "Acme", known_as=[CrossReference(external_id="A", connection="books2")]))
        register.find()
        assert set(register.matches) == {between(("books2", "A"), ("crm", "1"))}

    def test_an_id_that_two_systems_of_the_kind_have_is_ambiguous(self, register: Register) -> None:
        register.connect("books2", ACCOUNTING)
        register.put("books2", record("A", "Borealis"))
        register.put("books", record("A", "Acme"))
        register.put("crm", record("1", "Acme", known_as=known(ACCOUNTING, "A")))
        register.find()
        kinds = {places: each.kind for places, each in register.suggestions().items()}
        assert register.matches == {}
        assert kinds == dict.fromkeys((BOTH, between(("books2", "A"), ("crm", "1"))), SuggestionKind.AMBIGUOUS_EXACT)

    def test_two_that_name_one_are_for_a_person_to_decide(self, register: Register) -> None:
        register.put("books", record("A"))
        register.put("crm", record("1", known_as=known(ACCOUNTING, "A")), record("2", "Borealis", known_as=known(ACCOUNTING, "A")))
        register.find()
        assert register.matches == {}
        assert {each.kind for places, each in register.suggestions().items() if ("books", "A") in places} == {SuggestionKind.AMBIGUOUS_EXACT}

    def test_ids_that_contradict_each_other_are_for_a_person_to_decide(self, register: Register) -> None:
        register.put("books", record("A", known_as=known(CRM, "1")), record("B", "Borealis"))
        register.put("crm", record("1", known_as=known(ACCOUNTING, "B")))
        register.find()
        found = register.suggestions()
        assert register.matches == {}
        assert found[BOTH].kind is found[between(("books", "B"), ("crm", "1"))].kind is SuggestionKind.AMBIGUOUS_EXACT
        assert any(each.feature is EvidenceFeature.AMBIGUITY for each in found[BOTH].evidence)

    def test_an_id_that_leads_nowhere_yet_contradicts_another(self, register: Register) -> None:
        register.put("books", record("A", known_as=known(CRM, "1")))
        register.put("crm", record("1", known_as=known(ACCOUNTING, "Z")))
        register.find()
        assert register.matches == {}
        assert set(register.suggestions()) == {BOTH}

    def test_two_of_one_system_are_never_linked(self, register: Register) -> None:
        register.put("crm", record("1", known_as=known(CRM, "2")), record("2"))
        register.find()
        assert register.matches == {}

    def test_nor_by_way_of_a_third(self, register: Register) -> None:
        register.put("books", record("A"))
        register.put("crm", record("1", "Borealis", known_as=known(ACCOUNTING, "A")))
        register.put("gateway", record("g1", "Cirrus", known_as=known(ACCOUNTING, "A")), record("g2", "Delta", known_as=known(CRM, "1")))
        register.find()
        assert register.matches == {}
        assert {each.kind for each in register.suggestions().values()} == {SuggestionKind.AMBIGUOUS_EXACT}

    def test_an_id_that_everybody_has_names_nobody(self, register: Register) -> None:
        register.put("books", record("0", "Nobody"))
        register.put("crm", *(record(str(number), f"Name{'x' * number}", known_as=known(ACCOUNTING, "0")) for number in range(1, 40)))
        register.find()
        assert register.matches == {}
        assert register.suggestions() == {}

    def test_what_a_source_has_deleted_names_nobody(self, register: Register) -> None:
        register.put("books", record("A"))
        register.put("crm", record("1", "Other", known_as=known(ACCOUNTING, "A")))
        register.delete("crm", "1")
        register.find()
        assert register.matches == {}

    def test_our_own_reference_decides(self, register: Register) -> None:
        register.put("books", record("A"))
        register.put("crm", record("1", "Other", hub_reference=str(register.customers["books", "A"])))
        register.find()
        assert register.matches[BOTH].rule is MatchRule.HUB_REFERENCE


class TestTaxIds:
    def test_a_tax_id_that_one_of_each_system_has_decides(self, register: Register) -> None:
        register.put("books", record("A", "Acme Ltd", tax_id="GB 123 4567 82"))
        register.put("billing", record("9", "ACME", tax_id="GB123456782"))
        register.find()
        assert [each.rule for each in register.matches.values()] == [MatchRule.TAX_ID]

    def test_an_id_elsewhere_beats_a_tax_id(self, register: Register) -> None:
        register.put("books", record("A", "Acme Ltd", tax_id="GB123456782"), record("B", "Acme North", known_as=[]))
        register.put("billing", record("9", "Acme", tax_id="GB123456782", known_as=known(ACCOUNTING, "B")))
        register.find()
        assert {places: each.rule for places, each in register.matches.items()} == {between(("books", "B"), ("billing", "9")): MatchRule.CROSS_REFERENCE}

    def test_a_tax_id_of_two_in_one_system_is_for_a_person_to_decide(self, register: Register) -> None:
        register.put("books", record("A", "Acme Ltd", tax_id="GB123456782", city="Leeds"), record("B", "Acme Ltd", tax_id="GB123456782", city="York"))
        register.put("billing", record("9", "Acme Ltd", tax_id="GB123456782", city="Leeds"))
        register.find()
        assert register.matches == {}
        assert register.suggestions()[between(("books", "A"), ("billing", "9"))].kind is SuggestionKind.AMBIGUOUS_EXACT

    @pytest.mark.parametrize("fields", [{"name": "Zephyr Holdings"}, {"name": "Acme – Phase 2"}, {"parent_external_id": "P"}])
    def test_a_group_s_tax_id_does_not_decide(self, register: Register, fields: dict[str, str]) -> None:
        register.put("books", record("A", **({"name": "Acme"} | fields), tax_id="GB123456782"))
        register.put("billing", record("9", "Acme", tax_id="GB123456782"))
        register.find()
        assert register.matches == {}

    def test_a_tax_id_decides_once_nobody_else_is_named(self, register: Register) -> None:
        register.put("books", record("A", "Acme", tax_id="GB987654390"))
        register.put("crm", record("1", "Acme Ltd", tax_id="GB987654390"), record("2", "Borealis", known_as=known(ACCOUNTING, "A")))
        register.find()
        assert set(register.matches) == {between(("books", "A"), ("crm", "2"))}
        assert set(register.suggestions()) == {BOTH}
        register.matches.clear()
        register.put("crm", record("2", "Borealis"))
        register.find()
        assert {places: each.rule for places, each in register.matches.items()} == {BOTH: MatchRule.TAX_ID}
        assert register.suggestions() == {}

    @pytest.mark.parametrize("text", ["000000000", "123456789", "n/a", "GB1"])
    def test_a_filler_is_no_tax_id(self, register: Register, text: str) -> None:
        register.put("books", record("A", tax_id=text))
        register.put("billing", record("9", tax_id=text))
        register.find()
        assert register.matches == {}


class TestLikeness:
    def test_alike_is_suggested_and_never_decided(self, register: Register) -> None:
        register.put("books", record("A", "Müller Bau GmbH", email="office@mueller.example", phone="+49 30 5512345"))
        register.put("crm", record("1", "MUELLER BAU", website="https://www.mueller.example/", phone="030 551 23 45"))
        register.find()
        found = register.suggestions()[BOTH]
        assert register.matches == {}
        assert found.kind is SuggestionKind.SAME_CUSTOMER
        assert found.score >= 80
        assert [each.text for each in found.evidence] == [
            "names alike (100%): 'Müller Bau GmbH' ~ 'MUELLER BAU'",
            "same domain mueller.example",
            "same telephone number, ending in 05512345",
        ]

    def test_a_project_is_not_its_customer_nor_another_project(self, register: Register) -> None:
        shared = {"email": "ap@acme.example", "tax_id": "GB123456782", "phone": "+44 20 7946 0001"}
        register.put("books", record("P", "Acme Ltd", **shared))
        for number in ("1", "2"):
            register.put("books", record(number, f"Acme Ltd – Phase {number}", parent_external_id="P", **shared))
        register.put("crm", record("1", "Acme – Phase 1", website="acme.example", phone="+44 20 7946 0001"))
        register.find()
        assert set(register.suggestions()) == {between(("books", "1"), ("crm", "1"))}

    def test_a_public_domain_says_nothing(self, register: Register) -> None:
        register.put("books", record("A", "Smith Plumbing", email="a.smith@gmail.com"))
        register.put("crm", record("1", "Smith Plumbing Services", email="b.jones@gmail.com"))
        register.find()
        assert register.suggestions() == {}

    def test_a_domain_that_many_share_becomes_one(self, register: Register) -> None:
        register.put("books", record("A", "Acme Ltd", email="acme@post.example"))
        register.put("crm", record("1", "Acme Ltd", website="post.example"))
        register.find()
        assert register.suggestions()[BOTH].score == 70
        register.put("books", *(record(f"X{number}", f"Quite Different {'z' * number}", email=f"m{number}@post.example") for number in range(30)))
        register.find()
        assert register.suggestions() == {}

    def test_a_bookkeeper_of_two_does_not_make_them_one(self, register: Register) -> None:
        register.put("books", record("A", "Acme Ltd", email="office@books.example"), record("B", "Zephyr GmbH", email="office@books.example"))
        register.find()
        assert register.suggestions() == {}

    def test_what_was_suggested_is_withdrawn_when_it_is_no_longer_so(self, register: Register) -> None:
        register.put("books", record("A", "Acme Ltd", email="ap@acme.example"))
        register.put("crm", record("1", "Acme", email="ap@acme.example"))
        register.find()
        assert set(register.suggestions()) == {BOTH}
        register.put("crm", record("1", "Zephyr", email="info@zephyr.example"))
        (found,) = register.find()
        assert (found.written.withdrawn, register.suggestions()) == (1, {})


class TestDeletedAndMerged:
    def test_what_was_entered_anew_is_suggested_as_such(self, register: Register) -> None:
        register.put("books", record("A", "Acme Ltd", phone="+44 20 7946 0001", city="Leeds"))
        register.find()
        register.delete("books", "A")
        register.put("books", record("B", "ACME LIMITED", phone="020 7946 0001", city="Leeds"))
        register.find()
        found = register.suggestions()
        assert {places: each.kind for places, each in found.items()} == {between(("books", "A"), ("books", "B")): SuggestionKind.RECREATED}

    def test_also_when_it_is_deleted_after_that(self, register: Register) -> None:
        register.put("books", record("A", "Acme Ltd", phone="+44 20 7946 0001"), record("B", "Acme Ltd", phone="+44 20 7946 0001"))
        register.find()
        assert [each.kind for each in register.suggestions().values()] == [SuggestionKind.SAME_CUSTOMER]
        register.delete("books", "A")
        register.find()
        assert [each.kind for each in register.suggestions().values()] == [SuggestionKind.RECREATED]

    def test_what_is_gone_is_not_suggested_for_another_system(self, register: Register) -> None:
        register.put("books", record("A", "Acme Ltd", email="ap@acme.example"))
        register.put("crm", record("1", "Acme Ltd", email="ap@acme.example"))
        register.delete("crm", "1")
        register.find()
        assert register.suggestions() == {}

    def test_a_merge_of_the_source_decides(self, register: Register) -> None:
        register.put("crm", record("1", "Acme"), record("2", "Borealis"))
        register.delete("crm", "2", merged_into="1")
        register.find()
        assert {places: each.rule for places, each in register.matches.items()} == {between(("crm", "1"), ("crm", "2")): MatchRule.UPSTREAM_MERGE}

    def test_a_survivor_may_come_later_and_be_merged_itself(self, register: Register) -> None:
        register.put("crm", record("2", "Borealis"), record("3", "Cirrus"))
        register.delete("crm", "3", merged_into="2")
        register.delete("crm", "2", merged_into="1")
        register.find()
        assert register.matches == {}
        register.put("crm", record("1", "Acme"))
        register.find()
        assert set(register.matches) == {between(("crm", "1"), ("crm", "2")), between(("crm", "1"), ("crm", "3"))}

    @pytest.mark.parametrize("is_deleted", [False, True], ids=["it has both", "it has deleted one"])
    def test_a_merge_of_two_that_another_system_has_as_two_is_for_a_person_to_decide(self, register: Register, is_deleted: bool) -> None:  # noqa: FBT001 - a parameter of the test
        register.put("books", record("A", "Acme"), record("B", "Borealis"))
        register.put("crm", record("1", "Acme", known_as=known(ACCOUNTING, "A")), record("2", "Borealis", known_as=known(ACCOUNTING, "B")))
        register.find()
        assert len(register.matches) == 2
        register.merge(("books", "A"), ("crm", "1"))
        register.merge(("books", "B"), ("crm", "2"))
        register.matches.clear()
        if is_deleted:
            register.delete("books", "B")
        register.delete("crm", "2", merged_into="1")
        register.find()
        assert register.matches == {}
        assert [each.kind for each in register.suggestions().values()] == [SuggestionKind.UPSTREAM_MERGE]

    def test_a_merge_that_another_system_has_made_as_well_decides(self, register: Register) -> None:
        register.put("books", record("A", "Acme"), record("B", "Borealis"))
        register.put("crm", record("1", "Acme", known_as=known(ACCOUNTING, "A")), record("2", "Borealis", known_as=known(ACCOUNTING, "B")))
        register.find()
        register.merge(("books", "A"), ("crm", "1"))
        register.merge(("books", "B"), ("crm", "2"))
        register.matches.clear()
        register.delete("books", "B", merged_into="A")
        register.delete("crm", "2", merged_into="1")
        register.find()
        assert [each.rule for each in register.matches.values()] == [MatchRule.UPSTREAM_MERGE]

    def test_the_id_of_what_was_merged_leads_on_to_the_survivor(self, register: Register) -> None:
        register.put("crm", record("1", "Acme"), record("2", "Borealis"))
        register.delete("crm", "2", merged_into="1")
        register.put("books", record("A", "Something", known_as=known(CRM, "2")))
        register.find()
        assert BOTH in register.matches


class TestPeople:
    def test_what_a_person_has_kept_apart_is_never_decided(self, register: Register) -> None:
        register.put("books", record("A"))
        register.put("crm", record("1", known_as=known(ACCOUNTING, "A")))
        with register.store.write() as connection:
            keep_apart(connection, register.customers["books", "A"], register.customers["crm", "1"], by="ines", now=NOW)
        register.find()
        assert register.matches == {}

    def test_a_dismissed_pair_comes_back_only_when_much_more_speaks_for_it(self, register: Register) -> None:
        register.put("books", record("A", "Acme Ltd", city="Leeds", phone="+44 20 7946 0001", email="ap@acme.example"))
        register.put("crm", record("1", "Acme Ltd", city="Leeds"))
        register.find()
        (found,) = register.suggestions().values()
        with register.store.write() as connection:
            dismiss_suggestion(connection, found.id, by="ines", now=NOW)
        register.queue_all()
        register.find()
        assert register.suggestions() == {}
        register.put("crm", record("1", "ACME LTD", city="Leeds"))
        register.find()
        assert register.suggestions() == {}
        register.put("crm", record("1", "Acme Ltd", city="Leeds", phone="020 7946 0001"))
        register.find()
        assert set(register.suggestions()) == {BOTH}

    def test_a_dismissed_pair_comes_back_when_a_source_says_it_outright(self, register: Register) -> None:
        register.put("books", record("A", "Acme Ltd", city="Leeds"))
        register.put("crm", record("1", "Acme Ltd", city="Leeds"))
        register.find()
        (found,) = register.suggestions().values()
        with register.store.write() as connection:
            dismiss_suggestion(connection, found.id, by="ines", now=NOW)
        register.put("crm", record("1", "Acme Ltd", city="Leeds", known_as=known(ACCOUNTING, "A")))
        register.find()
        assert register.matches == {}
        assert register.suggestions()[BOTH].kind is SuggestionKind.AMBIGUOUS_EXACT
