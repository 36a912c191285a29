"""Homes of their own for tests that run the command as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from carrears.database.embedded import connection_parameters


@dataclass(frozen=True)
class Home:
    """A CARREARS_HOME, and the command run in it."""

    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CARREARS_", "DJANGO_"))}
        for name in ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE"):
            kept.pop(name, None)
        return kept | {"CARREARS_HOME": str(self.folder), "PYTHONWARNINGS": "default"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "carrears", *arguments],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, expect: int = 0, timeout: int = 300) -> str:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=timeout)
        assert process.returncode == expect, f"{arguments}: {process.returncode}\n{out}\n{err}"
        return out if expect == 0 else out + err

    def run_json(self, *arguments: str, expect: int = 0, timeout: int = 300) -> Any:
        out = self.run(*arguments, "--json", expect=expect, timeout=timeout)
        return json.loads(out)

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(**connection_parameters(self.folder / "pg"), autocommit=True)

    def copy_to(self, folder: Path) -> Home:
        """The same home elsewhere; nothing may be running in this one."""
        subprocess.run(["cp", "-a", str(self.folder), str(folder)], check=True)
        (folder / "pg" / "postmaster.pid").unlink(missing_ok=True)
        return Home(folder)


@dataclass(frozen=True)
class Standing:
    """A home whose day was run, and what the run told."""

    home: Home
    summary: dict[str, Any]


def run_jobs() -> None:
    """Work off the background jobs of a test's database, those that they defer included."""
    with app.replace_connector(DjangoConnector().get_worker_connector()) as running:
        running.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)


def without_times(summary: dict[str, Any]) -> dict[str, Any]:
    timed = {"seconds", "seconds_total", "repeated"}
    return {name: value for name, value in summary.items() if name not in timed}
