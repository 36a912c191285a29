"""Which files make a tape, and which mapping reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrears.exchange.discover import collect_files, detect_mapping
from carrears.exchange.errors import TapeError
from carrears.exchange.mapping import load_mapping

SEC = "assetNumber,reportingPeriodEndingDate,reportingPeriodActualEndBalanceAmount"


def _write(path: Path, text: str = "a\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_folder_is_all_its_files_in_order(tmp_path: Path) -> None:
    for name in ("b.csv", "a/z.xml", "a/c.csv.gz", "p.parquet", ".hidden.csv", ".git/x.csv"):
        _write(tmp_path / name)
    found = [path.relative_to(tmp_path).as_posix() for path in collect_files([tmp_path])]
    assert found == ["a/c.csv.gz", "a/z.xml", "b.csv", "p.parquet"]


def test_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv")
    assert collect_files([path, tmp_path]) == [path]


def test_unknown_files_are_named_or_passed_over_in_a_folder(tmp_path: Path) -> None:
    known = _write(tmp_path / "a.csv")
    unknown = [_write(tmp_path / "b.xlsx"), _write(tmp_path / "README.md")]
    with pytest.raises(TapeError, match=r"b\.xlsx, README\.md"):
        collect_files(unknown)
    assert collect_files([tmp_path]) == [known]


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="no such file"):
        collect_files([tmp_path / "gone"])
    with pytest.raises(TapeError, match="holds no CSV"):
        collect_files([tmp_path])


@pytest.mark.parametrize(
    ("name", "text", "mapping"),
    [
        ("loans-1.csv", "loan_no,currency,originated_on,principal\n", "carrears"),
        ("payments.jsonl", '{"loan_no":1,"payment_no":1,"paid_on":1,"amount":1}\n', "carrears"),
        ("schedule.csv", "loan_no,seq,due_on,principal_minor,interest_minor\n", "carrears"),
        (
            "any.xml",
            '<a xmlns="http://www.sec.gov/edgar/document/absee/autoloan/assetdata"/>',
            "abs-ee",
        ),
        (
            "any.csv",
            f"{SEC},BAL1,PRC1,PMT1\n",
            "sec-auto-wide",
        ),
        (
            "again.csv",
            f"{SEC},currentDelinquencyStatus\n",
            "abs-ee",
        ),
    ],
)
def test_mapping_is_found(tmp_path: Path, name: str, text: str, mapping: str) -> None:
    assert detect_mapping(_write(tmp_path / name, text)).name == mapping


def test_own_mapping_is_asked_first(tmp_path: Path) -> None:
    mine = load_mapping("carrears").model_copy(update={"name": "mine"})
    path = _write(tmp_path / "loans.csv", "loan_no,currency,originated_on,principal\n")
    assert detect_mapping(path, also=[mine]).name == "mine"


def test_no_mapping_fits(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="abs-ee, carrears, sec-auto-wide"):
        detect_mapping(_write(tmp_path / "loans.csv", "x,y\n"))
