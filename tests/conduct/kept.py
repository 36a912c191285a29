"""Kept verdicts, and folders of packs that differ in one place, for tests of change."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from conduct.samples import make_attempt, make_facts

from carrears.conduct.gate import judge
from carrears.conduct.packs import Packs
from carrears.conduct.stored import Kept
from carrears.resources import shipped

MIDNIGHT = datetime(2026, 3, 10)  # noqa: DTZ001  by the debtor's clock


def keep(number: int, *, minute: int = 12 * 60, packs: Packs | None = None, **more: Any) -> Kept:
    """A verdict on a call at ``minute`` of 10 March 2026, as it would be stored."""
    facts = make_facts(**more.pop("facts", {}))
    attempt = make_attempt(MIDNIGHT + timedelta(minutes=minute), contact_point="D.mobile", **more)
    verdict = judge(facts, attempt, (packs or Packs()).of("CN"))
    return Kept(
        id=number,
        pack=verdict.pack,
        pack_version=verdict.pack_version,
        gate_action=verdict.gate_action,
        expect=verdict.expect,
        findings=json.loads(json.dumps(verdict.to_json()["findings"])),
        next_allowed_at=verdict.next_allowed_at,
        asked={"facts": facts.to_json(), "attempt": attempt.to_json()},
    )


def change_asked(kept: Kept, part: str, **more: Any) -> Kept:
    """The same verdict with something else stored as what was asked."""
    return replace(kept, asked={**kept.asked, part: {**kept.asked.get(part, {}), **more}})


def copy_packs(folder: Path, **changes: tuple[str, str]) -> Packs:
    """The shipped pack for China, with in each file (``__`` parts folders) one text replaced."""
    shutil.copytree(shipped("rulepacks") / "cn", folder / "cn")
    for name, (old, new) in changes.items():
        path = folder / "cn" / f"{name.replace('__', '/')}.yaml"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path}: {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")
    return Packs(folder)


def from_nine(folder: Path) -> Packs:
    """Packs whose night begins at 21:00 instead of 22:00."""
    earlier = ('"22:00"', '"21:00"')
    return copy_packs(
        folder,
        parameters__contact__closed_hours_gbt=earlier,
        parameters__contact__closed_hours_cba=earlier,
        parameters__contact__quiet_hours=earlier,
    )
