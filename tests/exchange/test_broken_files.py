"""A file that cannot be used as a whole says so, and says where it broke."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from carrears.exchange.errors import TapeError
from carrears.exchange.mapping import Mapping, load_mapping

HEAD = b"loan_no,currency,originated_on,principal\n"
NS = "http://www.sec.gov/edgar/document/absee/autoloan/assetdata"


def _refused(read_all: Any, path: Path, mapping: Mapping) -> str:
    with pytest.raises(TapeError) as caught:
        read_all(path, mapping)
    assert str(path) in str(caught.value)
    return caught.value.problem


def test_cut_gzip(
    tmp_path: Path, own: Mapping, read_all: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carrears.exchange.delimited.CSV_BLOCK", 4096)
    whole = gzip.compress(HEAD + b"".join(b"L%d,CNY,2024-01-01,1\n" % n for n in range(100_000)))
    path = tmp_path / "loans.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TapeError, match="cut off") as caught:
        read_all(path, own)
    assert caught.value.row


def test_damaged_gzip(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    path = tmp_path / "loans.csv.gz"
    path.write_bytes(b"\x1f\x8bnot a gzip file at all, sorry")
    assert "damaged" in _refused(read_all, path, own)


def test_wrong_encoding(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    path = tmp_path / "loans.csv"
    path.write_bytes(HEAD + "贷款,CNY,2024-01-01,1\n".encode("gb18030"))
    assert "not in utf-8" in _refused(read_all, path, own)


def test_named_encoding_is_read(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    path = tmp_path / "loans.csv"
    path.write_bytes(HEAD + "贷款,CNY,2024-01-01,1\n".encode("gb18030"))
    tables, _ = read_all(path, own.model_copy(update={"encoding": "gb18030"}))
    assert tables["loans"]["loan_no"].to_pylist() == ["贷款"]


def test_missing_required_column(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    path = tmp_path / "loans.csv"
    path.write_text("loan_no,currency\nA,CNY\n")
    assert "no column originated_on, principal" in _refused(read_all, path, own)


def test_empty_file(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    path = tmp_path / "loans.csv"
    path.write_bytes(b"")
    assert "is empty" in _refused(read_all, path, own)


def test_header_that_repeats_a_name(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    path = tmp_path / "loans.csv"
    path.write_text("loan_no,loan_no\nA,B\n")
    assert "twice" in _refused(read_all, path, own)


def test_file_name_of_no_table(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    path = tmp_path / "things.csv"
    path.write_text("a\n1\n")
    assert "knows files named" in _refused(read_all, path, own)


def test_damaged_parquet(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    path = tmp_path / "loans.parquet"
    path.write_bytes(b"PAR1 no PAR1")
    assert "cannot be read" in _refused(read_all, path, own)


def _xml(folder: Path, text: str) -> Path:
    path = folder / "2017-05.xml"
    path.write_text(text, encoding="utf-8")
    return path


def test_xml_bomb_is_not_expanded(tmp_path: Path, read_all: Any) -> None:
    entities = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol" * 1000}">' for n in range(10)
    )
    path = _xml(
        tmp_path,
        f'<?xml version="1.0"?><!DOCTYPE assetData [{entities}]>'
        f'<assetData xmlns="{NS}"><assets><assetNumber>&e9;</assetNumber></assets></assetData>',
    )
    assert "document type" in _refused(read_all, path, load_mapping("abs-ee"))


def test_document_type_behind_a_long_comment_is_refused(tmp_path: Path, read_all: Any) -> None:
    path = _xml(
        tmp_path,
        f'<?xml version="1.0"?><!--{"-=" * 5000}--><!DOCTYPE assetData [<!ENTITY a "b">]>'
        f'<assetData xmlns="{NS}"><assets><assetNumber>&a;</assetNumber></assets></assetData>',
    )
    assert "document type" in _refused(read_all, path, load_mapping("abs-ee"))


def test_external_entity_is_not_fetched(tmp_path: Path, read_all: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do not read me")
    path = _xml(
        tmp_path,
        f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        f'<assetData xmlns="{NS}"><assets><assetNumber>&x;</assetNumber></assets></assetData>',
    )
    problem = _refused(read_all, path, load_mapping("abs-ee"))
    assert "document type" in problem
    assert "do not read" not in problem


def test_broken_xml_tail_tells_the_record(tmp_path: Path, read_all: Any) -> None:
    path = _xml(tmp_path, f'<assetData xmlns="{NS}"><assets></assets><assets></assets><ass')
    with pytest.raises(TapeError, match="broken XML") as caught:
        read_all(path, load_mapping("abs-ee"))
    assert caught.value.row == 2


def test_xml_without_records(tmp_path: Path, read_all: Any) -> None:
    path = _xml(tmp_path, "<other/>")
    assert "holds no" in _refused(read_all, path, load_mapping("abs-ee"))
