"""A lender's own templates take the place of the shipped ones, unless their words break a rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from factories import DAY, make_action, make_case, make_user

from carrears.conduct.pack import load_pack
from carrears.outreach.messages import OutreachError, find_template, find_template_keys
from carrears.outreach.own_templates import load_own_template
from carrears.outreach.services import contact_planned
from carrears.outreach.templates import TemplateError
from carrears.resources import shipped
from carrears.workbench.queries.contact import wish_of

PACKS = [load_pack("cn")]
KIND = (shipped("strategies") / "templates/reminder.yaml").read_text(encoding="utf-8")


def write(home: Path, text: str, key: str = "reminder") -> None:
    (home / "templates").mkdir(exist_ok=True)
    path = home / "templates" / f"{key}.yaml"
    path.write_text(text.replace("key: reminder", f"key: {key}"), encoding="utf-8")


def test_there_need_be_none(tmp_path: Path) -> None:
    assert load_own_template("reminder", home=tmp_path, packs=PACKS) is None


def test_a_lawful_one_is_taken(tmp_path: Path) -> None:
    write(tmp_path, KIND.replace("请在方便时", "请在您方便时"))
    own = load_own_template("reminder", home=tmp_path, packs=PACKS)
    assert own is not None
    assert "请在您方便时" in own.locales["zh-CN"][1]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("请在方便时", "否则等着坐牢。请在方便时", 13, "坐牢"),
        ("逾期提醒'", "逾期提醒（骗子都是骗子）'", 7, "都是骗子"),
        ("      Please pay as soon", "      Pay, or we will tell your boss. Please pay as soon", 28,
         "tell your boss"),
    ],
)  # fmt: skip
def test_one_that_breaks_a_rule_is_refused_by_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in KIND
    write(tmp_path, KIND.replace(old, new, 1))
    with pytest.raises(TemplateError) as error:
        load_own_template("reminder", home=tmp_path, packs=PACKS)
    told = str(error.value)
    assert told.startswith(f"reminder.yaml, line {line}: “{words}”")
    text = (tmp_path / "templates/reminder.yaml").read_text(encoding="utf-8")
    assert words in text.splitlines()[line - 1]


def test_what_a_person_may_allow_is_not_refused(tmp_path: Path) -> None:
    write(tmp_path, KIND.replace("请在方便时", "我们将依法提起诉讼。请在方便时"))
    assert load_own_template("reminder", home=tmp_path, packs=PACKS) is not None


def test_a_mended_one_is_taken_at_once(tmp_path: Path) -> None:
    write(tmp_path, KIND.replace("请在方便时", "骗子，你是骗子。"))
    with pytest.raises(TemplateError):
        load_own_template("reminder", home=tmp_path, packs=PACKS)
    write(tmp_path, KIND)
    assert load_own_template("reminder", home=tmp_path, packs=PACKS) is not None


@pytest.fixture
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME = tmp_path
    settings.MAIL_DIR = tmp_path / "mail"
    return tmp_path


@pytest.mark.django_db
def test_it_is_found_beside_the_shipped_ones(home: Path) -> None:
    write(home, KIND, key="house_reminder")
    assert find_template("house_reminder").key == "house_reminder"
    assert {"house_reminder", "reminder"} <= set(find_template_keys())


@pytest.mark.django_db
def test_a_refused_one_stops_its_action_and_no_other(home: Path) -> None:
    write(home, KIND.replace("请在方便时", "否则等着坐牢。"), key="house_rude")
    rude = make_action(case=make_case(loan_no="A-1"), template="house_rude")
    kind = make_action(case=make_case(loan_no="A-2"))
    assert contact_planned(as_of=DAY) == 2
    rude.refresh_from_db()
    kind.refresh_from_db()
    assert (rude.state, kind.state) == ("blocked", "sent")
    assert rude.reason.startswith("house_rude.yaml, line 13: “坐牢”")


@pytest.mark.django_db
def test_a_refused_one_cannot_be_chosen(home: Path) -> None:
    write(home, KIND.replace("请在方便时", "否则等着坐牢。"), key="house_rude")
    assert make_user(role="collector")
    with pytest.raises(OutreachError, match=r"house_rude\.yaml, line 13"):
        wish_of(make_case(), to="", template="house_rude", locale="", key="k")
