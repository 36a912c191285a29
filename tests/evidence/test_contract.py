"""The contract that is shipped compiled, and what its libraries do to the process."""

from __future__ import annotations

import json
import subprocess
import sys
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


def test_the_libraries_leave_the_depth_of_recursion_as_it_is() -> None:
    program = (
        "import sys; before = sys.getrecursionlimit(); import carrears.evidence.evm;"
        " assert sys.getrecursionlimit() == before, sys.getrecursionlimit()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
