"""A file whose bytes are not what its name says is refused whole, in words that say what it is."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext

from carrears.exchange import sniffing
from carrears.exchange.errors import TapeError
from carrears.exchange.mapping import Mapping
from carrears.exchange.sniffing import PROBLEMS, refuse_foreign
from carrears.vault.sniffing import foreign_to_rows
from carrears.workbench.views import imports

HEAD = b"loan_no,currency,originated_on,principal\n"
ROW = b"A-%d,CNY,2024-01-01,1\n"


def workbook(size: int) -> bytes:
    """A zip as a workbook is one, of one sheet that is all blanks: the usual bomb."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * size)
    return data.getvalue()


FOREIGN = {
    "zip": workbook(50_000_000),
    "office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100),
    "gzip": gzip.compress(HEAD),
    "archive": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(50),
    "program": b"MZP\x00\x02" + bytes(100),
    "web_page": "\ufeff\r\n <!DOCTYPE html><title>502 Bad Gateway</title>".encode(),
    "media": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_no_file_of_rows_is_named(
    kind: str, tmp_path: Path, own: Mapping, read_all: Any
) -> None:
    path = tmp_path / "loans.csv"
    path.write_bytes(FOREIGN[kind])
    with pytest.raises(TapeError) as caught:
        read_all(path, own)
    assert caught.value.problem == PROBLEMS[kind]


@pytest.mark.parametrize(
    "content",
    [
        b"MZ,currency\nA,CNY\n",
        b"ID3,name\n1,2\n",
        b"BZhai,x\n1,2\n",
        b"PK,loan_no\n1,A\n",
        b"\xff\xfeloan".decode("latin-1").encode("utf-8"),
        "贷款编号,币种\n".encode("gb18030"),
        b"",
    ],
)
def test_text_that_only_begins_so_is_text(content: bytes) -> None:
    assert foreign_to_rows(content) is None


def test_a_name_that_says_gzip_and_is_not(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    path = tmp_path / "loans.csv.gz"
    path.write_bytes(HEAD + ROW % 1)
    with pytest.raises(TapeError) as caught:
        read_all(path, own)
    assert caught.value.problem == sniffing.NOT_GZIP


def test_what_is_within_a_gzip_counts(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    path = tmp_path / "loans.csv.gz"
    path.write_bytes(gzip.compress(FOREIGN["web_page"]))
    with pytest.raises(TapeError) as caught:
        read_all(path, own)
    assert caught.value.problem == PROBLEMS["web_page"]


def test_a_gzip_bomb_is_not_unpacked_to_its_end(
    tmp_path: Path, own: Mapping, read_all: Any
) -> None:
    path = tmp_path / "loans.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write(HEAD)
        for _ in range(40):
            file.write(b"A" * 1_000_000)
    assert path.stat().st_size * sniffing.MOST_SWELLING < 40_000_000
    with pytest.raises(TapeError) as caught:
        read_all(path, own)
    assert caught.value.problem == sniffing.SWELLS


def test_rows_that_shrink_well_are_no_bomb(tmp_path: Path, own: Mapping) -> None:
    path = tmp_path / "loans.csv.gz"
    path.write_bytes(gzip.compress(HEAD + b"".join(ROW % n for n in range(200_000))))
    refuse_foreign(path, own, "csv")


@pytest.mark.parametrize(
    ("kind", "content", "problem"),
    [
        ("parquet", b"PAR0....", sniffing.NOT_PARQUET),
        ("xml", b"loan_no,currency\n", sniffing.NOT_XML),
        ("csv", b"loan_no\0currency\n", sniffing.NOT_TEXT),
    ],
)
def test_bytes_of_another_kind(
    kind: str, content: bytes, problem: str, tmp_path: Path, own: Mapping
) -> None:
    path = tmp_path / f"loans.{kind}"
    path.write_bytes(content)
    with pytest.raises(TapeError) as caught:
        refuse_foreign(path, own, kind)
    assert caught.value.problem == problem


def test_utf8_is_not_read_as_another_encoding(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    """GB 18030 would read most of it as other characters and say nothing."""
    chinese = own.model_copy(update={"encoding": "gb18030"})
    path = tmp_path / "loans.csv"
    path.write_bytes(HEAD + "某某汽车金融有限公司,CNY,2024-01-01,1\n".encode())
    with pytest.raises(TapeError) as caught:
        read_all(path, chinese)
    assert caught.value.problem == sniffing.IS_UTF8
    path.write_bytes(HEAD + "某某汽车金融有限公司,CNY,2024-01-01,1\n".encode("gb18030"))
    tables, _ = read_all(path, chinese)
    assert tables["loans"]["loan_no"].to_pylist() == ["某某汽车金融有限公司"]


def test_each_refusal_is_said_in_chinese() -> None:
    told = [value for name, value in vars(sniffing).items() if name.isupper()]
    sentences = {*PROBLEMS.values(), *(one for one in told if isinstance(one, str))}
    assert sentences == set(imports._FOREIGN)
    with translation.override("zh-hans"):
        assert all(gettext(one) != one for one in sentences)
