# ruff: noqa: INP001 - a script
"""Rehearses the image without a container: ``python deploy/container/rehearse.py FOLDER``.

What the Containerfile copies is copied by the same rules (``.dockerignore``, of what git knows),
and each RUN of its first stage, and its last ENTRYPOINT, is run by ``sh`` in an environment that
holds nothing but what the image's ENV and ARG say. ``/opt`` and ``/src`` are folders in FOLDER.

What this does not show: the base image, its Python (this machine's is taken), the packages of
the distribution and the user, which the second stage makes as root.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTAINERFILE = Path(__file__).with_name("Containerfile")
# How this machine reaches the network, as a build is told it too.
_NETWORK = (
    *("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"),
    *("NODE_EXTRA_CA_CERTS", "SSL_CERT_DIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"),
)


def steps(text: str) -> list[list[tuple[str, str]]]:
    """The instructions of each stage, from its FROM on: the word, and what it is given."""
    whole = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", text))
    told = [line.split(maxsplit=1) for line in whole.splitlines() if line.strip()]
    stages: list[list[tuple[str, str]]] = []
    for word, rest in told:
        if word == "FROM":
            stages.append([])
        if stages:
            stages[-1].append((word, rest))
    return stages


def copied() -> list[Path]:
    """The files of the repository that reach the build, relative to its root."""
    rules = (ROOT / ".dockerignore").read_text().split("\n")
    taken = [rule[1:] for rule in rules if rule.startswith("!")]
    listed = subprocess.run(  # noqa: S603  git, with words of our own
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *taken],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [Path(os.fsdecode(name)) for name in listed.stdout.split(b"\0") if name]


class _Rehearsal:
    """A stage on its way: its environment, and where its absolute paths lie."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workdir = folder
        self.env = {name: os.environ[name] for name in _NETWORK if name in os.environ}
        self.env |= {"PATH": f"{folder}/usr/bin:/usr/bin:/bin", "HOME": str(folder / "root")}

    def inside(self, text: str) -> str:
        return re.sub(r"(?<![\w.}/])/(opt|src|var/lib)(?=[/\s:]|$)", rf"{self.folder}/\1", text)

    def take(self, word: str, rest: str) -> None:
        if word in {"ENV", "ARG"}:
            for pair in shlex.split(rest):
                name, _, value = pair.partition("=")
                value = value.replace("$PATH", self.env["PATH"])
                self.env[name] = self.inside(value)
        elif word == "WORKDIR":
            self.workdir = Path(self.inside(rest))
            self.workdir.mkdir(parents=True, exist_ok=True)
        elif word == "COPY" and not rest.startswith("--from"):
            for path in copied():
                (self.workdir / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / path, self.workdir / path)
        elif word == "RUN":
            self.run(self.inside(rest))

    def run(self, command: str) -> None:
        sys.stderr.write(f"+ {command}\n")
        subprocess.run(["/bin/sh", "-ec", command], cwd=self.workdir, env=self.env, check=True)  # noqa: S603


def main(folder: Path) -> None:
    """Run the first stage, and ask what it made for its version of everything it starts."""
    (folder / "usr" / "bin").mkdir(parents=True)
    for name in ("python", "python3"):
        (folder / "usr" / "bin" / name).symlink_to(Path(sys.executable).resolve())
    build, last = steps(CONTAINERFILE.read_text())
    stage = _Rehearsal(folder)
    for word, rest in build:
        stage.take(word, rest)
    # Of the last stage what needs no root: its environment, and what it starts.
    image = _Rehearsal(folder)
    shutil.rmtree(folder / "src")
    for word, rest in last:
        if word == "ENV":
            image.take(word, rest)
    told = dict(last)
    entry, arguments = json.loads(told["ENTRYPOINT"]), json.loads(told["CMD"])
    image.run(shlex.join([*entry, arguments[0], "--help"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
