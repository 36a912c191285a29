"""How long a case page with 40 sealed fields takes to decrypt: eight people, five fields each.

python -m bench.fields
"""

from __future__ import annotations

import os
import statistics
import time
import uuid

from rich.console import Console
from rich.table import Table

from carrears.parties.ciphers import Cipher
from carrears.parties.keyring import Keyring
from carrears.parties.vault import open_subject_key, seal_many

_PEOPLE = 8
_FIELDS = {
    "name": "欧阳小明",
    "id_no": "330106198001011234",
    "phone": "13812341234",
    "email": "someone@example.com",
    "address": "浙江省杭州市西湖区文三路 5 号 3 幢 2 单元 501 室",
}
_ROUNDS = 500
Columns = dict[str, list[bytes | None]]
_GOAL_MS = 2.0


def read_page(ring: Keyring, subjects: list[str], wrapped: list[bytes], sealed: Columns) -> int:
    """Open every field as the page does: each person's key unwrapped, then his fields."""
    opened = 0
    for place, subject in enumerate(subjects):
        key = open_subject_key(ring, subject, wrapped[place])
        for field, column in sealed.items():
            opened += key.open(field, column[place] or b"") == _FIELDS[field]
    return opened


def measure(cipher: Cipher) -> list[float]:
    """Milliseconds of each round."""
    ring = Keyring((os.urandom(32),), cipher=cipher)
    subjects = [str(uuid.uuid4()) for _ in range(_PEOPLE)]
    columns = {field: [value] * _PEOPLE for field, value in _FIELDS.items()}
    wrapped, sealed = seal_many(ring, subjects, columns)
    taken = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        opened = read_page(ring, subjects, wrapped, sealed)
        taken.append((time.perf_counter() - begun) * 1000)
        if opened != _PEOPLE * len(_FIELDS):
            raise SystemExit(f"{cipher}: {opened} fields opened as they were sealed")
    return taken


def main() -> None:
    table = Table("40 fields of 8 people", "median ms", "p99 ms", "goal ms")
    for cipher in Cipher:
        taken = sorted(measure(cipher))
        p99 = taken[int(len(taken) * 0.99)]
        table.add_row(cipher, f"{statistics.median(taken):.2f}", f"{p99:.2f}", f"≤ {_GOAL_MS}")
    Console().print(table)


if __name__ == "__main__":
    main()
