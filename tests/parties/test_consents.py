"""What people allowed or refused is a ledger: every word stays, the newest holds."""

from __future__ import annotations

import typing
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from factories import make_case, make_person
from pytest_django import Settings

from carrears.clock import now
from carrears.conduct import vocabulary
from carrears.evidence.models import Entry
from carrears.parties.consent_files import ConsentFileError, Taken, take_in_consents
from carrears.parties.consent_texts import ConsentTextsError, load_consent_texts
from carrears.parties.consents import ConsentError, Word, keep_word, newest_words
from carrears.parties.models import Consent, Party

pytestmark = pytest.mark.django_db


@pytest.fixture
def party() -> Party:
    found = make_case(loan_no="C-1", name="赵试一").party
    assert found is not None
    return found


def word(**changes: typing.Any) -> Word:
    told = {"purpose": "location_tracking", "granted": True, "at": now() - timedelta(hours=1)}
    told |= {"source": "app", "text": "location-2026-11", "language": "zh"}
    return Word(**(told | changes))


def test_every_word_stays_and_the_newest_holds(party: Party) -> None:
    given = keep_word(party, word())
    taken_back = keep_word(party, word(granted=False, at=now(), text="", language=""))

    assert given is not None
    assert taken_back is not None
    words = party.consents.filter(purpose="location_tracking")
    assert [one.granted for one in words.order_by("pk")] == [True, False]
    assert newest_words(words) == {("location_tracking", ""): taken_back}
    entries = Entry.objects.filter(key__in=[f"consent:{given.pk}", f"consent:{taken_back.pk}"])
    assert sorted(entries.values_list("kind", flat=True)) == ["person.consented", "person.refused"]


def test_an_older_word_that_comes_late_changes_nothing_of_today(party: Party) -> None:
    newest = keep_word(party, word(granted=False, at=now(), text="", language=""))
    assert keep_word(party, word()) is not None

    assert newest_words(party.consents.all())["location_tracking", ""] == newest


def holds(party: Party) -> dict[str, bool]:
    words = newest_words(party.consents.filter(purpose="contact"))
    return {channel: one.granted for (_, channel), one in words.items()}


def refuse(party: Party, source: str) -> None:
    keep_word(party, Word(channel="email", granted=False, source=source, at=now()))


def test_a_tape_that_comes_again_lifts_no_refusal(party: Party) -> None:
    refuse(party, "opt_out_link")

    for _ in range(2):
        make_person(loan_no="C-1")

    assert holds(party) == {"email": False, "sms": True, "call": True}
    assert party.consents.count() == 4


def test_a_first_yes_of_a_tape_lifts_no_refusal() -> None:
    party = make_person(loan_no="C-2", consent_email=None)
    refuse(party, "call")

    make_person(loan_no="C-2", consent_email=True)

    assert holds(party)["email"] is False


def test_a_no_that_a_tape_repeats_takes_back_no_later_yes() -> None:
    party = make_person(loan_no="C-3", consent_email=False)
    keep_word(party, Word(channel="email", granted=True, source="app", at=now()))

    make_person(loan_no="C-3", consent_email=False)

    assert holds(party)["email"] is True


def test_a_tape_that_says_another_thing_than_before_is_heard(party: Party) -> None:
    make_person(loan_no="C-1", consent_email=False)
    assert holds(party)["email"] is False
    make_person(loan_no="C-1", consent_email=True)
    assert holds(party)["email"] is True


@pytest.mark.parametrize("change", ["update", "delete", "rewrite"])
def test_the_database_refuses_to_change_a_word(party: Party, change: str) -> None:
    kept = keep_word(party, word())
    assert kept is not None
    kept.granted = False
    row = Consent.objects.filter(pk=kept.pk)
    do = {"update": lambda: row.update(granted=False), "delete": row.delete, "rewrite": kept.save}
    with pytest.raises(DatabaseError, match="kept as he said it"), transaction.atomic():
        do[change]()


def test_the_same_word_again_says_nothing_new(party: Party) -> None:
    first = word(key="app:1")
    assert keep_word(party, first) is not None
    assert keep_word(party, first) is None
    assert keep_word(party, word(at=first.at + timedelta(minutes=1))) is None
    with pytest.raises(ConsentError, match="key 'app:1' was used for another word"):
        keep_word(party, word(key="app:1", granted=False, at=first.at))
    with pytest.raises(ConsentError, match="of that very moment"):
        keep_word(party, word(granted=False, at=first.at))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"purpose": "gossip"}, "'gossip' is none of contact"),
        ({"channel": "sms"}, "'sms' is no channel of location_tracking: none"),
        ({"purpose": "contact", "text": "", "language": ""}, "'' is no channel of contact"),
        ({"text": "contact-2026-11"}, "is no text for location_tracking"),
        ({"language": "fr"}, "was not read in 'fr'"),
        ({"at": now() - timedelta(days=400)}, "was not in use before 2026-11-01"),
    ],
)
def test_what_makes_no_sense_is_refused(
    party: Party, changes: dict[str, typing.Any], said: str
) -> None:
    with pytest.raises(ConsentError, match=said):
        keep_word(party, word(**changes))
    assert not party.consents.filter(purpose="location_tracking").exists()


def test_every_purpose_is_a_scope_of_the_gate_and_has_a_text(tmp_path: Path) -> None:
    known = load_consent_texts(tmp_path)
    scopes = {
        scope
        for purpose in known.purposes.values()
        for scope in (purpose.scope, *purpose.scopes.values())
        if scope is not None
    }
    assert scopes <= set(typing.get_args(vocabulary.ConsentScope))
    assert {text.purpose for text in known.texts.values()} == set(known.purposes)


def test_a_lender_adds_texts_and_changes_none(settings: Settings, tmp_path: Path) -> None:
    settings.CARREARS_HOME = tmp_path
    own = tmp_path / "consents.yaml"
    own.write_text(
        "texts:\n  ours-1:\n    purpose: contact\n    from_on: 2026-01-01\n"
        "    words: {zh: 同意联系, en: I agree}\n",
        encoding="utf-8",
    )
    assert load_consent_texts(tmp_path).texts["ours-1"].words["zh"] == "同意联系"
    own.write_text(own.read_text(encoding="utf-8").replace("ours-1", "contact-2026-11") + "\n")
    with pytest.raises(ConsentTextsError, match="contact-2026-11 would change what is shipped"):
        load_consent_texts(tmp_path)


HEAD = "party_no,purpose,channel,granted,given_at,source,text_version,language,key\n"


def test_a_file_is_taken_in_once(party: Party, tmp_path: Path) -> None:
    file = tmp_path / "consents.csv"
    file.write_text(
        HEAD
        + f"{party.party_no},location_tracking,,yes,2026-11-02T10:00:00+08:00,app,"
        + "location-2026-11,zh,a1\n"
        + f"{party.party_no},contact,sms,否,2026-11-03T10:00:00+08:00,call,,,a2\n",
        encoding="utf-8",
    )
    before = party.consents.count()
    assert take_in_consents(file, by=None) == Taken(2, 2)
    assert take_in_consents(file, by=None) == Taken(2, 0)
    assert party.consents.count() == before + 2


def test_a_file_with_a_bad_line_is_not_taken_in(party: Party, tmp_path: Path) -> None:
    file = tmp_path / "consents.csv"
    good = f"{party.party_no},location_tracking,,yes,2026-11-02T10:00:00+08:00,app,,,\n"
    file.write_text(
        HEAD + good + good.replace(party.party_no, "NOBODY") + good.replace("+08:00", ""),
        encoding="utf-8",
    )
    with pytest.raises(ConsentFileError) as refused, transaction.atomic():
        take_in_consents(file, by=None)
    assert str(refused.value).splitlines() == [
        "line 3: nobody of this number is on record",
        "line 4: given_at: '2026-11-02T10:00:00' has no time zone",
    ]
    assert not party.consents.filter(purpose="location_tracking").exists()
    file.write_text("party_no,who\n", encoding="utf-8")
    with pytest.raises(ConsentFileError, match=r"missing or unknown columns: .*who"):
        take_in_consents(file, by=None)
