"""The quick start's commands work as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_BLOCK = re.compile(r"^```console test\n(.*?)^```", re.DOTALL | re.MULTILINE)


def run_lines(lines: list[str], folder: Path) -> None:
    """Run each line in ``folder`` as a newcomer does; what was exported holds for the next."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CARREARS_", "DJANGO_")) and name != "DATABASE_URL"
    }
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    exported = ""
    for line in lines:
        done = subprocess.run(
            ["bash", "-euc", exported + line],
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode != 0:
            pytest.fail(f"$ {line}\n{done.stdout}\nended with {done.returncode}", pytrace=False)
        if line.startswith("export "):
            exported += f"{line}\n"


def _tested_lines(page: Path) -> list[str]:
    [block] = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return block.splitlines()


@pytest.mark.slow
def test_the_commands_work_line_by_line(docs: Path, tmp_path: Path) -> None:
    lines = _tested_lines(docs / "quick-start.md")
    assert "carrears evidence verify" in lines
    run_lines(lines, tmp_path)
    assert (tmp_path / "my-book" / "book" / "registry.parquet").is_file()


def test_the_commands_are_the_same_in_chinese(docs: Path) -> None:
    chinese = _tested_lines(docs / "zh" / "quick-start.md")
    assert chinese == _tested_lines(docs / "quick-start.md")


def test_the_first_command_that_fails_is_shown(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"\$ cat nothing-here\n(?s:.*)ended with 1"):
        run_lines(["export A=b", 'test "$A" = b', "cat nothing-here", "touch reached"], tmp_path)
    assert not (tmp_path / "reached").exists()
