"""Other people's hashes: computed as they compute them, and read as they write them."""

from __future__ import annotations

import hashlib
import hmac
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.conduct.foreign import Scheme, SchemeError, UnreadableValueError
from carrears.conduct.list_files import ListFile, ListFileError

NUMBER = "138 0013-8000"


def sha(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@pytest.mark.parametrize(
    ("scheme", "written"),
    [
        ({"form": "e164"}, "+8613800138000"),
        ({"form": "digits"}, "8613800138000"),
        ({"form": "national"}, "13800138000"),
        ({"form": "e164", "salt": "s-26"}, "s-26+8613800138000"),
        ({"form": "national", "salt": "s", "salt_at": "after"}, "13800138000s"),
    ],
)
def test_a_number_is_hashed_as_the_list_does(scheme: dict[str, Any], written: str) -> None:
    made = Scheme(algorithm="sha256", **scheme)

    assert made.digest_of(NUMBER, country="CN") == sha(written)
    assert made.reader()(sha(written).hex().upper()) == sha(written)


def test_other_algorithms_are_those_of_their_standards() -> None:
    def digest(algorithm: Any, **more: Any) -> str:
        scheme = Scheme(form="national", algorithm=algorithm, **more)
        return (scheme.digest_of("13800138000", country="CN") or b"").hex()

    text = b"13800138000"
    assert digest("md5") == hashlib.md5(text).hexdigest()  # noqa: S324  what lists use
    assert digest("sha1") == hashlib.sha1(text).hexdigest()  # noqa: S324  see above
    # GB/T 32905-2016 by another implementation (`gmssl` 3.2.2).
    assert digest("sm3") == hashlib.new("sm3", text).hexdigest()
    keyed = hmac.new(b"k", text, "sha256").hexdigest()
    assert digest("sha256", salt="k", salt_at="key") == keyed


def test_an_address_is_trimmed_and_in_lower_case() -> None:
    scheme = Scheme(form="email", algorithm="sha256")
    assert scheme.digest_of(" Wang.Yi@Example.COM", country="CN") == sha("wang.yi@example.com")


def test_a_list_of_national_numbers_speaks_of_its_country_alone() -> None:
    scheme = Scheme(form="national", algorithm="sha256", country="CN")
    assert scheme.digest_of("(415) 555-0100", country="US") is None
    assert Scheme(form="national", algorithm="sha256", country="US").digest_of(
        "(415) 555-0100", country="US"
    ) == sha("4155550100")


@settings(deadline=None)
@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["e164", "digits"]))
def test_a_number_in_clear_is_found_however_it_is_written(number: str, form: Any) -> None:
    scheme = Scheme(form=form, algorithm="clear")
    listed = scheme.reader()(f" {number[:3]}-{number[3:7]} {number[7:]}")
    assert listed == scheme.digest_of(f"+86{number}", country="CN")
    assert scheme.reader()(f"0086{number}") == listed


@pytest.mark.parametrize(
    "wrong",
    [
        {"form": "x"},
        {"algorithm": "rot13"},
        {"salt_at": "middle"},
        {"salt_at": "key"},
        {"algorithm": "clear", "salt": "s"},
        {"country": "ZZ"},
    ],
)
def test_a_scheme_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SchemeError):
        Scheme(**({"form": "e164", "algorithm": "sha256"} | wrong))


@pytest.mark.parametrize(
    ("scheme", "text"),
    [
        (Scheme(form="e164", algorithm="sha256"), "ab" * 31),
        (Scheme(form="e164", algorithm="sha256"), "zz" * 32),
        (Scheme(form="e164", algorithm="md5"), sha("x").hex()),
        (Scheme(form="e164", algorithm="clear"), "12"),
        (Scheme(form="e164", algorithm="clear"), ""),
        (Scheme(form="email", algorithm="clear"), "nobody"),
        (Scheme(form="national", algorithm="clear"), "+14155550100"),
    ],
)
def test_a_row_that_the_scheme_cannot_have_made_is_told(scheme: Scheme, text: str) -> None:
    with pytest.raises(UnreadableValueError) as told:
        scheme.reader()(text)
    assert not text or text not in str(told.value)


def read(text: str | bytes, *, column: str = "", **scheme: Any) -> tuple[list[bytes], ListFile]:
    data = text.encode() if isinstance(text, str) else text
    made = Scheme(**({"form": "national", "algorithm": "clear"} | scheme))
    file = ListFile(io.BytesIO(data), made.reader(), column)
    return list(file.digests()), file


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("13800138000\r\n13800138001", ""),
        ("\ufeffphone\n13800138000\n13800138001\n", ""),
        ("手机号;备注\n13800138000;甲\n13800138001;乙\n".encode("gb18030"), ""),
        ("no,phone\n1,13800138000\n2,13800138001\n", "phone"),
        ("no,value\n1,13800138000\n2,13800138001\n", ""),
        ('"13800138000"\n\n13800138001\n', ""),
    ],
)
def test_a_file_gives_its_values(text: str | bytes, column: str) -> None:
    digests, file = read(text, column=column)
    assert digests == [b"13800138000", b"13800138001"]
    assert (file.rows, file.bad) == (2, [])
    data = text.encode() if isinstance(text, str) else text
    assert file.sha256 == hashlib.sha256(data).hexdigest()


def test_a_bad_row_is_named_and_the_rest_is_read() -> None:
    digests, file = read("phone,note\n13800138000,\nxyz,\n13800138001,\n,empty\n")
    assert len(digests) == 2
    assert [(bad.row, bad.field, bad.raw) for bad in file.bad] == [
        (3, "phone", "xyz"),
        (5, "phone", ""),
    ]


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("13800138000\nx\ny\n", "", "2 of the first 3 rows cannot be read"),
        ("phone\n13800138000\n", "mobile", "no column 'mobile'; there are: phone"),
        (b"PK\x03\x04\0\0", "", "ZIP archive by its content"),
        ("", "", "it has no rows"),
        ("phone\n", "", "it has no rows"),
    ],
)
def test_a_file_of_something_else_is_refused(text: str | bytes, column: str, says: str) -> None:
    with pytest.raises(ListFileError, match=says):
        read(text, column=column)


def test_a_file_under_another_scheme_is_given_up_early() -> None:
    with pytest.raises(ListFileError, match="1001 of the first 1001 rows"):
        read("ab\n" * 5_000, algorithm="sha256")
