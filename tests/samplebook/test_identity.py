from __future__ import annotations

import re

import numpy as np
import pytest

from carrears.samplebook import identity

SERIALS = np.concatenate([np.arange(2_000), np.array([10**7 - 1, 10**9, 2**59])])


def has_right_id_check(number: str) -> bool:
    """ISO 7064 MOD 11-2, as GB 11643 uses it: the weighted sum leaves 1."""
    values = [10 if sign == "X" else int(sign) for sign in number]
    return sum(value * 2 ** (17 - place) for place, value in enumerate(values)) % 11 == 1


def has_right_vin_check(vin: str) -> bool:
    letters = {}
    for row, first in (("ABCDEFGH", 1), ("JKLMN", 1), ("P", 7), ("R", 9), ("STUVWXYZ", 2)):
        letters |= {letter: first + step for step, letter in enumerate(row)}
    weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    values = [letters.get(sign) or int(sign) if sign in letters else int(sign) for sign in vin[:8]]
    values += [0, *(letters[s] if s in letters else int(s) for s in vin[9:])]
    return "0123456789X"[sum(v * w for v, w in zip(values, weights, strict=True)) % 11] == vin[8]


def test_checkers_know_published_numbers() -> None:
    assert has_right_id_check("11010519491231002X")  # GB 11643-1999, example
    assert not has_right_id_check("110105194912310021")
    assert has_right_vin_check("1M8GDM9AXKP042788")  # the textbook VIN
    assert not has_right_vin_check("1M8GDM9A1KP042788")


def test_chinese_ids_check_but_name_no_place() -> None:
    born = np.resize(np.arange(-9_000, 12_000, 37), len(SERIALS))
    numbers = identity.chinese_ids(SERIALS, born).to_pylist()
    for number, day in zip(numbers, born.tolist(), strict=True):
        assert re.fullmatch(r"00\d{15}[\dX]", number)  # no division's code begins with 00
        assert number[6:14] == str(np.datetime64(day, "D")).replace("-", "")
        assert has_right_id_check(number)


def test_chinese_ids_differ_for_ten_million_people() -> None:
    serial = np.arange(0, 10**7, 97)
    numbers = identity.chinese_ids(serial, np.zeros_like(serial)).to_pylist()
    assert len(set(numbers)) == len(serial)


@pytest.mark.parametrize("prefix", ["154"])
def test_chinese_mobiles_are_not_handed_out_and_differ(prefix: str) -> None:
    numbers = identity.chinese_mobiles(np.arange(100_000)).to_pylist()
    assert all(re.fullmatch(prefix + r"\d{8}", number) for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_us_numbers_are_reserved_or_never_assigned() -> None:
    phones = identity.fictional_us_phones(np.full(len(SERIALS), 313), SERIALS).to_pylist()
    assert all(re.fullmatch(r"\+1 313-555-01\d\d", phone) for phone in phones)
    numbers = identity.social_security_numbers(SERIALS).to_pylist()
    assert all(re.fullmatch(r"000-\d\d-\d{4}", number) for number in numbers)
    assert all(len(plate) == 9 for plate in identity.us_plates(SERIALS).to_pylist())


def test_vins_check_but_have_no_maker() -> None:
    year = np.resize(np.arange(2010, 2028), len(SERIALS))
    vins = identity.vins(SERIALS, year, SERIALS * 7_919).to_pylist()
    for vin, model_year in zip(vins, year.tolist(), strict=True):
        assert re.fullmatch(r"A00[A-HJ-NPR-Z0-9]{14}", vin)
        assert vin[9] == "ABCDEFGHJKLMNPRSTVWXY123456789"[(model_year - 2010) % 30]
        assert has_right_vin_check(vin)


def test_chinese_plates_have_a_letter_that_plates_have_not() -> None:
    serials = identity.chinese_plate_serials(np.arange(50_000)).to_pylist()
    assert all(re.fullmatch(r"[0-9A-Z]I[0-9A-Z]{3}", serial) for serial in serials)
    assert len(set(serials)) == len(serials)
