from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from carrears.conduct.pack import PackError, load_pack
from carrears.conduct.wording import find_forbidden
from carrears.outreach.templates import load_template, template_keys
from carrears.resources import shipped

CN = load_pack("cn")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("再不还款就等着坐牢", "threat_of_arrest"),
        ("You will be ARRESTED tomorrow.", "threat_of_arrest"),
        ("不还钱让你全家好看", "threat_of_violence"),
        ("派出所已立案，请配合", "impersonates_authority"),
        ("This is the police speaking", "impersonates_authority"),
        ("你会上全网黑名单", "false_blacklist"),
        ("真是个老赖", "false_blacklist"),
        ("不要脸的东西", "insult"),
        ("我们将通知您的家人和单位", "disclosure"),
        ("We will tell your employer about it", "disclosure"),
        ("可以下载网贷先还上", "pushes_borrowing"),
        ("我们随时收车", "threat_of_seizure"),
    ],
)
def test_plain_forbidden_words_are_found_with_their_citation(text: str, expected: str) -> None:
    (objection,) = find_forbidden(text, CN)
    assert objection.id == expected
    assert objection.citation.startswith(("《", "GB/T"))
    assert objection.says_zh
    assert objection.says_en


@pytest.mark.parametrize(
    "text", ["坐 牢", "坐·牢", "坐\u200b牢", "坐**牢", "ＪＡＩＬ", "j\u00adail", "坐\n牢"]
)
def test_splitting_or_dressing_up_a_word_does_not_hide_it(text: str) -> None:
    assert [each.id for each in find_forbidden(text, CN)] == ["threat_of_arrest"]


@pytest.mark.parametrize(
    "text",
    [
        "如对欠款有异议，请直接回复本邮件，核实期间我们不会就有异议的部分催收。",
        "您可以联系您的客户经理，我们会与您商量可行的办法。",
        "如果没有结果，本合同将转由专门部门依合同和法律处理。",
        "Please call us; we will look for a way together.",
        "The dealer in Jailbreak Street is closed.",
    ],
)
def test_courteous_text_is_let_through(text: str) -> None:
    assert find_forbidden(text, CN) == []


@pytest.mark.parametrize("key", template_keys())
def test_shipped_template_holds_nothing_forbidden(key: str) -> None:
    for subject, body in load_template(key).locales.values():
        assert find_forbidden(f"{subject}\n{body}", CN) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("source: pipl", "source: nowhere"), ("(?:拘留", "(?:[拘留"), ("says:", "say:")],
)
def test_spoilt_list_is_refused(tmp_path: Path, old: str, new: str) -> None:
    shutil.copytree(shipped("rulepacks") / "cn", tmp_path / "cn")
    path = tmp_path / "cn" / "wording.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError, match=r"wording\.yaml"):
        find_forbidden("", load_pack("cn", tmp_path))
