"""What a message says is judged with it: before it is shown, kept or sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from factories import DAY, make_action, make_case, make_user

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.clock import local_day
from carrears.conduct.pack import load_pack
from carrears.conduct.stored import Question
from carrears.conduct.wording import find_forbidden
from carrears.evidence.commitment import is_opened_by
from carrears.evidence.models import Entry
from carrears.outreach.mailbox import list_messages
from carrears.outreach.messages import OutreachError, read_message
from carrears.outreach.models import Attempt, Override
from carrears.outreach.overrides import ask_override, contact_overridden, decide_override
from carrears.outreach.services import contact, contact_planned, preview_contact
from carrears.outreach.templates import Template, load_template
from carrears.parties.services import commitment_salt
from carrears.resources import shipped

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail(tmp_path: Path, settings: LazySettings) -> Path:
    settings.MAIL_DIR = tmp_path / "mail"
    return tmp_path / "mail"


@pytest.fixture
def user() -> User:
    return make_user(role="collector")


@pytest.fixture
def rude(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Template:
    """The reminder with a threat and an insult in it, in place of every template."""
    kind = (shipped("strategies") / "templates" / "reminder.yaml").read_text(encoding="utf-8")
    path = tmp_path / "reminder.yaml"
    path.write_text(
        kind.replace("请在方便时", "否则等着坐 牢，你这个骗子。请在方便时"), encoding="utf-8"
    )
    template = load_template("reminder", folder=tmp_path)
    monkeypatch.setattr("carrears.outreach.template_book.load_template", lambda _: template)
    return template


@pytest.fixture
def legal(tmp_path: Path, settings: LazySettings) -> Path:
    """The lender's own reminder that announces a suit, which a person has to judge."""
    kind = (shipped("strategies") / "templates" / "reminder.yaml").read_text(encoding="utf-8")
    settings.CARREARS_HOME = tmp_path
    path = tmp_path / "templates" / "reminder.yaml"
    path.parent.mkdir()
    path.write_text(kind.replace("请在方便时", "我们将依法提起诉讼。请在方便时"), encoding="utf-8")
    return path


def send(case: Case, user: User, key: str = "k1") -> Attempt:
    assert case.party is not None
    made = contact(case, party=case.party, template="reminder", by=user, key=key)
    return Attempt.objects.get(pk=made.pk)


def against(findings: list[dict[str, Any]]) -> list[str]:
    return [each["rule_id"] for each in findings if each["gate_action"] != "allow"]


@pytest.mark.usefixtures("rude")
def test_a_prohibited_phrase_blocks_the_message(user: User, mail: Path) -> None:
    attempt = send(make_case(), user)
    verdict = attempt.verdict
    assert (attempt.state, attempt.gate_action, verdict.expect) == ("blocked", "block", "block")
    assert against(verdict.findings) == ["CN-WORDS/threat_of_arrest", "CN-WORDS/insult"]
    assert verdict.next_allowed_at is None
    assert list(list_messages(mail)) == []


def test_the_letters_of_an_opt_out_link_are_no_insult(
    user: User, mail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signature that was met: with what reads as an abbreviated insult in it."""
    link = "http://localhost:8000/stop/WyI5OGI5:HYj92My9MB-fUkn8vs27zlbFQebQZ9ljHjsixg62wBw/"
    assert find_forbidden(link, load_pack("cn", shipped("rulepacks")))
    for module in ("messages", "by_email"):
        monkeypatch.setattr(f"carrears.outreach.{module}.opt_out_url", lambda _: link)

    attempt = send(make_case(), user)

    assert (attempt.state, against(attempt.verdict.findings)) == ("sent", [])
    assert link in read_message(attempt).text
    assert len(list(list_messages(mail))) == 1


@pytest.mark.usefixtures("rude")
def test_the_finding_says_which_words_where_and_why(user: User) -> None:
    attempt = send(make_case(), user)
    finding = attempt.verdict.findings[-2]
    message = read_message(attempt)
    text = f"{message.subject}\n\n{message.text}"
    start = text.index("坐 牢")
    assert finding["explanation_zh"] == "用语：“坐 牢”"
    assert finding["explanation_en"] == "The words: “坐 牢”"
    assert finding["used"] == [f"message[{start}:{start + 3}]"]
    assert finding["citation"].startswith("《金融机构个人消费类贷款催收工作指引（试行）》")


@pytest.mark.usefixtures("rude")
def test_the_collector_sees_the_same_before_he_sends(user: User) -> None:
    case = make_case()
    assert case.party is not None
    draft = preview_contact(case, party=case.party, template="reminder", by=user)
    sent = send(case, user)
    shown = json.loads(json.dumps(draft.verdict.to_json()))
    assert shown["findings"] == sent.verdict.findings
    assert (shown["gate_action"], shown["expect"]) == ("block", "block")


@pytest.mark.usefixtures("rude")
def test_a_planned_message_is_judged_as_a_single_one(user: User) -> None:
    case = make_case()
    action = make_action(case=case, as_of=DAY, channel="email", template="reminder")
    assert contact_planned(as_of=DAY) == 1
    planned, single = Attempt.objects.get(action=action), send(case, user)
    assert planned.verdict.findings == single.verdict.findings
    action.refresh_from_db()
    assert (action.state, action.reason) == (
        "blocked",
        "CN-WORDS/threat_of_arrest, CN-WORDS/insult",
    )


@pytest.mark.parametrize("spoilt", [True, False])
def test_the_verdict_can_be_given_again_without_the_text(
    user: User, request: pytest.FixtureRequest, *, spoilt: bool
) -> None:
    if spoilt:
        request.getfixturevalue("rude")
    stored = send(make_case(), user).verdict
    again = Question.of(stored.facts).answer(load_pack(stored.pack))
    assert json.loads(json.dumps(again.to_json()["findings"])) == stored.findings
    assert (again.gate_action, again.expect) == (stored.gate_action, stored.expect)
    assert again.next_allowed_at == stored.next_allowed_at
    # A replayed day is judged by the law of the day on which it is replayed.
    assert again.law_on == local_day(stored.judged_at, "Asia/Shanghai")
    assert again.pack_version == stored.pack_version


@pytest.mark.usefixtures("rude")
def test_what_was_judged_is_bound_to_the_sealed_text(user: User) -> None:
    attempt = send(make_case(), user)
    message = read_message(attempt)
    words = attempt.verdict.facts["words"]
    salt = commitment_salt(attempt.party_id, context=f"words:{attempt.key}")
    text = f"{message.subject}\n\n{message.text}"
    assert is_opened_by(words["text"], value=text, salt=salt)
    assert message.text not in json.dumps(attempt.verdict.facts, ensure_ascii=False)
    assert [each["found"] for each in words["objections"]] == ["坐 牢", "你这个骗子"]


@pytest.mark.usefixtures("rude")
def test_the_evidence_names_the_words_rule(user: User) -> None:
    send(make_case(), user)
    entry = Entry.objects.get(kind="message.blocked")
    assert "CN-WORDS/threat_of_arrest" in json.loads(entry.payload)["rules"]


def approved(attempt: Attempt, user: User) -> Override:
    asked = ask_override(attempt, reason="the suit is prepared", by=user)
    second = make_user(role="compliance_officer")
    return decide_override(asked, approve=True, reason="seen the file", by=second)


@pytest.mark.usefixtures("legal")
def test_what_needs_judgement_leaves_by_two_people_only(user: User, mail: Path) -> None:
    stopped = send(make_case(), user)
    assert (stopped.state, stopped.gate_action) == ("blocked", "review")
    assert against(stopped.verdict.findings) == ["CN-WORDS/legal_process"]
    assert stopped.verdict.findings[-1]["explanation_zh"] == "用语：“将依法提起诉讼”"
    assert list(list_messages(mail)) == []
    made = contact_overridden(approved(stopped, user), by=user)
    assert (made.state, made.gate_action) == ("sent", "review")
    assert len(list(list_messages(mail))) == 1


def test_other_words_than_were_approved_do_not_leave(legal: Path, user: User, mail: Path) -> None:
    override = approved(send(make_case(), user), user)
    text = legal.read_text(encoding="utf-8")
    legal.write_text(text.replace("提起诉讼", "提起诉讼并查封财产"), encoding="utf-8")
    with pytest.raises(OutreachError, match="not the one that was asked for"):
        contact_overridden(override, by=user)
    assert list(list_messages(mail)) == []


@pytest.mark.usefixtures("rude")
def test_what_is_prohibited_leaves_by_nobody(user: User) -> None:
    with pytest.raises(OutreachError, match="only a contact that a person has to decide"):
        ask_override(send(make_case(), user), reason="he deserves it", by=user)


def test_a_name_is_no_insult(user: User) -> None:
    attempt = send(make_case(name="王八一"), user)
    assert (attempt.state, attempt.verdict.facts["words"]["objections"]) == ("sent", [])
