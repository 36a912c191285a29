"""Numbers that look right and can belong to nobody: identity, phone, VIN, plate.

- Identity number (GB 11643-1999): right check digit, but a region code that begins with 00;
  codes of administrative divisions (GB/T 2260) begin with 1 to 8.
- US social security number: area 000, never assigned (https://www.ssa.gov/employer/randomization.html).
- Chinese mobile number: prefix 154, not handed out
  (http://m.zgznzx.sosol.com.cn/roll/2022/0701/6534.html lists 142, 143, 154, 161, 164, 194).
- US phone: 555-0100 to 555-0199, reserved for fiction (ATIS-0300115); only a hundred an area.
- VIN (ISO 3779, 49 CFR 565): right check digit, but a manufacturer code that begins with A0,
  in a range not assigned to any country (http://pcmx.net/documents/VIN%20Manufacturer%20Codes.html).
- Chinese plate: an I in its serial, which GA 36 leaves out. US plate: nine characters, more
  than any state issues.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carrears.samplebook.measure import Ints

Bytes: TypeAlias = npt.NDArray[np.uint8]

UNASSIGNED_REGION = "00"
UNASSIGNED_MOBILE = "154"
UNASSIGNED_MAKER = "A00"
NEVER_ASSIGNED_AREA = "000"
ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
ID_CHECKS = np.frombuffer(b"10X98765432", np.uint8)
VIN_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])
VIN_CHECKS = np.frombuffer(b"0123456789X", np.uint8)
# Letters I, O and Q are left out of VINs; the model year also leaves out U, Z and 0.
_VIN_LETTERS = np.frombuffer(b"ABCDEFGHJKLMNPRSTUVWXYZ", np.uint8)
_YEARS = np.frombuffer(b"ABCDEFGHJKLMNPRSTVWXY123456789", np.uint8)
_PLATE_SIGNS = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRSTUVWX", np.uint8)
_ZERO, _DAY = ord("0"), np.timedelta64(1, "D")


def strings(signs: Bytes) -> pa.Array:
    """Rows of ASCII codes as strings, all of one length."""
    rows, width = signs.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * width
    data = pa.py_buffer(np.ascontiguousarray(signs))
    return pa.Array.from_buffers(pa.string(), rows, [None, pa.py_buffer(offsets), data])


def digits(number: Ints, width: int) -> Bytes:
    """The last ``width`` decimal digits, as ASCII codes."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (number[:, None] // powers % 10 + _ZERO).astype(np.uint8)


def constant(text: str, rows: int) -> Bytes:
    """The same ASCII text in each row."""
    return np.broadcast_to(np.frombuffer(text.encode(), np.uint8), (rows, len(text)))


def chinese_ids(serial: Ints, born: Ints) -> pa.Array:
    """Identity numbers of people born on these days (days since 1970); see above."""
    day = born.astype("datetime64[D]")
    year = day.astype("datetime64[Y]").astype(np.int64) + 1970
    month = day.astype("datetime64[M]").astype(np.int64) % 12 + 1
    of_month = (day - day.astype("datetime64[M]").astype("datetime64[D]")) // _DAY + 1
    date = year * 10_000 + month * 100 + of_month.astype(np.int64)
    body = np.hstack(
        [
            constant(UNASSIGNED_REGION, len(serial)),
            digits(serial // 1000, 4),
            digits(date, 8),
            digits(serial, 3),
        ]
    )
    checks = ID_CHECKS[((body - _ZERO) * ID_WEIGHTS).sum(axis=1) % 11]
    return strings(np.hstack([body, checks[:, None]]))


def social_security_numbers(serial: Ints) -> pa.Array:
    """Numbers like 000-12-3456; see above."""
    n = len(serial)
    dash = constant("-", n)
    parts = [constant(NEVER_ASSIGNED_AREA, n), dash, digits(serial // 10_000, 2)]
    return strings(np.hstack([*parts, dash, digits(serial, 4)]))


def chinese_mobiles(serial: Ints) -> pa.Array:
    """Eleven digits with an unassigned prefix; different for each serial below 10^8."""
    scrambled = serial * 38_710_891 % 100_000_000
    return strings(np.hstack([constant(UNASSIGNED_MOBILE, len(serial)), digits(scrambled, 8)]))


def fictional_us_phones(area: Ints, serial: Ints) -> pa.Array:
    """+1, an area code and 555-01xx."""
    n = len(serial)
    middle = [constant("+1 ", n), digits(area, 3), constant("-555-01", n)]
    return strings(np.hstack([*middle, digits(serial, 2)]))


def vins(serial: Ints, model_year: Ints, noise: Ints) -> pa.Array:
    """Vehicle identification numbers with a right check digit; see above."""
    n = len(serial)
    vds = _VIN_LETTERS[(noise[:, None] >> np.arange(0, 40, 8)) % 256 % len(_VIN_LETTERS)]
    year = _YEARS[(model_year - 1980) % len(_YEARS)][:, None]
    signs = np.hstack(
        [constant(UNASSIGNED_MAKER, n), vds, constant("0", n), year, digits(serial, 7)]
    )
    signs[:, 8] = VIN_CHECKS[(_VIN_VALUES[signs] * VIN_WEIGHTS).sum(axis=1) % 11]
    return strings(signs)


def _vin_values() -> Ints:
    values = np.zeros(128, np.int64)
    values[np.arange(10) + _ZERO] = np.arange(10)
    rows = {"ABCDEFGH": 1, "JKLMN": 1, "P": 7, "R": 9, "STUVWXYZ": 2}
    for letters, first in rows.items():
        for step, letter in enumerate(letters):
            values[ord(letter)] = first + step
    return values


_VIN_VALUES = _vin_values()


def chinese_plate_serials(serial: Ints) -> pa.Array:
    """Five signs with an I, different for each serial below 2^20."""
    scrambled = serial * 610_839 % (1 << 20)
    signs = _PLATE_SIGNS[(scrambled[:, None] >> np.array([15, 10, 5, 0])) % 32]
    return strings(np.insert(signs, 1, ord("I"), axis=1))


def us_plates(serial: Ints) -> pa.Array:
    """SYN and six digits."""
    return strings(np.hstack([constant("SYN", len(serial)), digits(serial, 6)]))
