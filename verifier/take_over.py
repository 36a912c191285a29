"""Bring the modules that the verifier shares with Carrears to what they are there."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
SHARED = {
    "merkle": "evidence",
    "tree_head": "evidence",
    "note_keys": "evidence",
    "note": "evidence",
    "checkpoint": "evidence",
    "policy": "evidence",
    "chain": "recordings",
    "file_format": "recordings",
}


def taken_over(name: str) -> str:
    """The verifier's copy of a module: the same text, under the verifier's own name."""
    room = SHARED[name]
    source = HERE.parent / "src" / "carrears" / room / f"{name}.py"
    return source.read_text(encoding="utf-8").replace(f"carrears.{room}", "carrears_verify")


def copy_of(name: str) -> Path:
    """Where the copy lies."""
    return HERE / "src" / "carrears_verify" / f"{name}.py"


if __name__ == "__main__":
    for module in SHARED:
        copy_of(module).write_text(taken_over(module), encoding="utf-8")
