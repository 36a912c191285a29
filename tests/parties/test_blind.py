"""Looking up sealed values, and what a screen shows of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.parties import blind
from carrears.parties.blind import Kind
from carrears.parties.keyring import Keyring
from carrears.parties.masking import mask
from carrears.parties.pinyin import spellings

RING = Keyring((b"a" * 32,))
ROTATED = Keyring((b"a" * 32, b"b" * 32))
RETIRED = Keyring((b"b" * 32,), index_keys=(b"a" * 32,))
OTHER = Keyring((b"c" * 32,))


@pytest.mark.parametrize(
    ("kind", "country", "written", "form"),
    [
        (Kind.PHONE, "CN", "138 1234 1234", "+8613812341234"),
        (Kind.PHONE, "CN", "+86 138-1234-1234", "+8613812341234"),
        (Kind.PHONE, "CN", "８６１３８１２３４１２３４", "+8613812341234"),
        (Kind.PHONE, "CN", "0086 13812341234", "+8613812341234"),
        (Kind.PHONE, "CN", "(0571) 8888-8888 转 12", "+8657188888888"),
        (Kind.PHONE, "CN", "+1 313 555 0123", "+13135550123"),
        (Kind.PHONE, "US", "(313) 555-0123", "+13135550123"),
        (Kind.PHONE, "US", "1-313-555-0123 ext. 9", "+13135550123"),
        (Kind.PHONE, "CN", "none", ""),
        (Kind.EMAIL, "CN", " Alice@Example.COM ", "alice@example.com"),
        (Kind.ID_NO, "CN", "33010619800101123x", "33010619800101123X"),
        (Kind.PLATE, "CN", "浙a·12345", "浙A12345"),
        (Kind.VIN, "US", "1g1-jc524 417418958", "1G1JC524417418958"),
        (Kind.NAME, "CN", "Ｊohn  SMITH", "john smith"),
    ],
)
def test_one_form_for_all_ways_of_writing(
    kind: Kind, country: str, written: str, form: str
) -> None:
    assert blind.normalise(kind, written, country=country) == form
    assert blind.normalise(kind, form, country=country) == form


def test_an_index_is_keyed_by_master_key_and_kind() -> None:
    indexes = [
        blind.blind_index(RING, Kind.ID_NO, "12345"),
        blind.blind_index(RING, Kind.VIN, "12345"),
        blind.blind_index(OTHER, Kind.ID_NO, "12345"),
        blind.blind_index(RING, Kind.ID_NO, "12346"),
    ]

    assert len(set(indexes)) == 4
    assert all(index is not None and len(index) == 16 for index in indexes)
    assert blind.blind_index(ROTATED, Kind.ID_NO, "123-45") == indexes[0]
    assert blind.blind_index(RETIRED, Kind.ID_NO, "123-45") == indexes[0]


def test_nothing_has_no_index() -> None:
    assert blind.index_many(RING, Kind.PHONE, [None, "", "?", "1"])[:3] == [None, None, None]
    with pytest.raises(ValueError, match="dialling plan"):
        blind.blind_index(RING, Kind.PHONE, "1", country="XX")


def finds(query: str, name: str) -> bool:
    stored = set(blind.name_tokens(RING, name))
    asked = (blind.query_tokens(RING, query), blind.pinyin_tokens(RING, query))
    return any(wanted and set(wanted) <= stored for wanted in asked)


@pytest.mark.parametrize(
    ("query", "name", "found"),
    [
        ("王", "王小明", True),
        ("王小", "王小明", True),
        ("王 小明", "王小明", True),
        ("王小明", "王 小明", True),
        ("小明", "王小明", False),
        ("王小明明", "王小明", False),
        ("古丽", "阿依·古丽", True),
        ("阿依古", "阿依·古丽", True),
        ("smi", "John Smith", True),
        ("SMITH jo", "John Smith", False),
        ("SMITH joh", "John Smith", True),
        ("sm", "John Smith", False),
        ("bo li", "Bo Li", True),
        ("smith-mil", "Ann Smith-Miller", True),
        ("o'br", "Pat O'Brien", False),
        ("o'bri", "Pat O'Brien", True),
        ("王 dav", "王小明 David", True),
        ("", "王小明", False),
        ("··", "王小明", False),
        ("wang", "王小明", True),
        ("wangxiao", "王小明", True),
        ("Wang Xiao-Ming", "王小明", True),
        ("wxm", "王小明", True),
        ("WX", "王小明", True),
        ("wangxm", "王小明", True),
        ("w", "王小明", False),
        ("xiaoming", "王小明", False),
        ("wangxi", "王小明", False),
        ("yu", "王小明", False),
        ("wxm1", "王小明", False),
        ("shanxx", "单雄信", True),
        ("danxx", "单雄信", True),
        ("zengguofan", "曾国藩", True),
        ("yuchigong", "尉迟恭", True),
        ("ouyangnn", "欧阳娜娜", True),
        ("lvbu", "吕布", True),
        ("lubu", "吕布", True),
        ("lyubu", "吕布", True),
        ("zhangle", "张乐", True),
        ("zhangyue", "张乐", True),
        ("ayiguli", "阿依·古丽", True),
        ("wang", "Wang Smith", True),
        ("wsmith", "Wang Smith", False),
    ],
)
def test_beginnings_of_names_find_them(query: str, name: str, *, found: bool) -> None:
    assert finds(query, name) is found


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=40))
def test_names_have_few_spellings(name: str) -> None:
    found = spellings(name)

    assert len(found) <= 16 * (3 * 6 + 1)
    assert all(one.isascii() and one.isalpha() and one.islower() for one in found)


@settings(deadline=None)
@given(st.text(min_size=1))
def test_a_whole_name_always_finds_itself(name: str) -> None:
    assert finds(name, name) or not blind.query_tokens(RING, name)


def test_columns_are_as_single_names() -> None:
    names = ["王小明", None, "John Smith"]

    tokens = blind.name_tokens_many(RING, names)

    assert tokens == [blind.name_tokens(RING, name) if name else [] for name in names]
    assert len(tokens[0]) == 3 + 9


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.PHONE, "13812341234", "138****1234"),
        (Kind.PHONE, "+86 138 1234 1234", "138****1234"),
        (Kind.PHONE, "+1 313 555 0123", "****0123"),
        (Kind.PHONE, "12345", "****"),
        (Kind.NAME, "王小明", "王*明"),
        (Kind.NAME, "王明", "王*"),
        (Kind.NAME, "王", "*"),
        (Kind.NAME, "欧阳小明", "欧**明"),
        (Kind.NAME, "John Smith", "J*** S***"),
        (Kind.EMAIL, "alice@example.com", "a***@example.com"),
        (Kind.EMAIL, "no address", "***"),
        (Kind.PLATE, "浙A·12345", "浙A***45"),
        (Kind.VIN, "LSVAA4187E2184847", "LSV**********4847"),
        (Kind.ID_NO, "330106198001011234", "330***********1234"),
        (Kind.ID_NO, "123-45-6789", "*****6789"),
        (Kind.ID_NO, "1234", "***4"),
        (Kind.ADDRESS, "浙江省杭州市西湖区文三路5号", "浙江省杭州市西湖区***"),
        (Kind.ADDRESS, "12 Main St, Denver, CO 80202", "***, Denver, CO 80202"),
        (Kind.ADDRESS, "somewhere", "***"),
        (Kind.NAME, "", ""),
    ],
)
def test_masks_show_enough_to_recognise(kind: Kind, value: str, shown: str) -> None:
    assert mask(kind, value) == shown


SERIALS = st.text(alphabet="ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=1, max_size=20)


@settings(deadline=None)
@given(st.sampled_from([Kind.PLATE, Kind.VIN, Kind.ID_NO]), SERIALS)
def test_a_mask_of_a_serial_hides_at_least_two_fifths(kind: Kind, value: str) -> None:
    assert mask(kind, value).count("*") >= len(value) * 2 / 5
