from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bundles.filing import file_things, written
from bundles.histories import LOAN, have_it_vouched_for, live_through, vouch
from django.conf import settings
from django.db import transaction
from django.test.utils import override_settings
from factories import MOMENT
from pytest_django import DjangoDbBlocker

from carrears.bundles.services import make_bundle
from carrears.evidence.queries import log_vkey
from carrears_verify.command import run


@dataclass(frozen=True)
class Made:
    """A bundle on disk, and whom its reader trusts."""

    path: Path
    policy: Path
    roots: Path

    def verify(self, capsys: Any, path: Path | None = None, *, trusting: bool = True) -> Any:
        """The exit code, and what the verifier says as JSON."""
        options = ["--policy", str(self.policy), "--tsa-roots", str(self.roots)]
        code = run([str(path or self.path), "--json", *(options if trusting else [])])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else {}


@pytest.fixture
def own_key(tmp_path: Path) -> Iterator[None]:
    """A log of its own, with its own key, and nobody to vouch for it yet."""
    own = {"KEYS_DIR": tmp_path / "keys", "EVIDENCE_ORIGIN": "lender.example/log"}
    with override_settings(**own, WITNESS_POLICY="", TSA_URL="", TSA_ROOTS=""):
        yield


@pytest.fixture(scope="module")
def made(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Made:
    """One bundle for all tests of a file; the database is as before it afterwards."""
    request.getfixturevalue("django_db_setup")
    folder = tmp_path_factory.mktemp("bundle")
    own = {"KEYS_DIR": folder / "keys", "EVIDENCE_ORIGIN": "lender.example/log"}
    none = {"WITNESS_POLICY": "", "TSA_URL": "", "TSA_ROOTS": ""}
    with (
        django_db_blocker.unblock(),
        override_settings(**own, **none),
        ExitStack() as stack,
        transaction.atomic(),
    ):
        live_through(notes=12)
        have_it_vouched_for(settings, folder, stack)
        vouch()
        path = folder / "case.carrears.zip"
        path.write_bytes(make_bundle(LOAN, by="lin", at=MOMENT).data)
        text = Path(settings.WITNESS_POLICY).read_text(encoding="utf-8")
        trusted = folder / "trusted.policy"
        trusted.write_text(f"log {log_vkey()}\n{text}", encoding="utf-8")
        roots = Path(settings.TSA_ROOTS)
        transaction.set_rollback(True)
    return Made(path, trusted, roots)


@pytest.fixture(scope="module")
def filed(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Made:
    """One bundle with files for all tests; the database is as before it afterwards."""
    request.getfixturevalue("django_db_setup")
    folder = tmp_path_factory.mktemp("files")
    own = {
        "KEYS_DIR": folder / "keys", "EVIDENCE_ORIGIN": "lender.example/log",
        "VAULT_DIR": folder / "vault", "WITNESS_POLICY": "", "TSA_URL": "", "TSA_ROOTS": "",
    }  # fmt: skip
    with (
        django_db_blocker.unblock(),
        override_settings(**own),
        ExitStack() as stack,
        transaction.atomic(),
    ):
        case, me = live_through(notes=1)
        file_things(case, me)
        have_it_vouched_for(settings, folder, stack)
        vouch()
        path = written(folder / "case.carrears.zip")
        text = Path(settings.WITNESS_POLICY).read_text(encoding="utf-8")
        trusted = folder / "trusted.policy"
        trusted.write_text(f"log {log_vkey()}\n{text}", encoding="utf-8")
        roots = Path(settings.TSA_ROOTS)
        transaction.set_rollback(True)
    return Made(path, trusted, roots)
