"""The contract that is shipped compiled is the one whose source is shipped."""

from __future__ import annotations

import json
from pathlib import Path

import vyper

import carrears.evidence


def test_the_shipped_contract_is_compiled_from_its_source() -> None:
    folder = Path(carrears.evidence.__file__).parent / "contracts"
    shipped = json.loads((folder / "log_anchors.json").read_text())
    compiled = vyper.compile_code(
        (folder / "log_anchors.vy").read_text(), output_formats=["abi", "bytecode"]
    )
    assert shipped["bytecode"] == compiled["bytecode"]
    assert shipped["abi"] == compiled["abi"]
