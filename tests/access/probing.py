"""Whoever asks hostile things, what is there to be asked for, and what no server should answer."""

from __future__ import annotations

import re
import traceback
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from access.hostile import VALUES, Draw
from access.outsiders import Abroad, go_abroad
from django.contrib.auth.models import Permission
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client
from factories import DAY, make_action, make_promise, make_user

from carrears.access.services import issue_token
from carrears.casework.models import Hold
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call

OTHERS = "孙试九"  # whom nobody of the agency may see; no value has it
_OUTSIDE = {"stranger", "agency", "robot"}


@dataclass(frozen=True)
class Ask:
    """One request."""

    who: str
    method: str
    address: str
    kind: str = ""
    told: bytes = b""
    more: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        told = self.told[:200]
        return f"{self.who} {self.method} {self.address[:200]} {self.kind} {told!r} {self.more}"


@dataclass(frozen=True)
class Answered:
    """What was answered, and of what the log learned."""

    status: int
    location: str
    evidence: tuple[str, ...]


@dataclass
class Probe:
    """Whoever asks, what was tried, and what came of it."""

    people: dict[str, Client]
    keys: tuple[str, ...]
    names: tuple[str, ...]
    tried: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def value(self, draw: Draw) -> str:
        found = draw.one(VALUES)
        self.values[found] += 1
        return found

    def ask(self, one: Ask) -> Answered:
        """Ask once, as if nobody had asked, and note what no server should say."""
        raised: list[str] = []

        def note(**_: Any) -> None:
            raised.append(traceback.format_exc(limit=-3))

        client = self.people[one.who]
        cookies, before = deepcopy(client.cookies), Entry.objects.count()
        got_request_exception.connect(note)
        try:
            with transaction.atomic():
                answer = client.generic(
                    one.method, one.address, one.told, content_type=one.kind, headers=one.more
                )
                said = b"".join(answer) if answer.streaming else answer.content
                kinds = Entry.objects.order_by("pk").values_list("kind", flat=True)
                evidence = tuple(kinds[before:])
                transaction.set_rollback(True)
        except Exception:  # noqa: BLE001  a fault of the server, as whoever asks sees it
            self.faults.append(f"{one}\n{traceback.format_exc(limit=-3)[-1500:]}")
            return Answered(HTTPStatus.INTERNAL_SERVER_ERROR, "", ())
        finally:
            got_request_exception.disconnect(note)
            client.cookies = cookies  # a session that was begun is gone with the rest
        self.tried[one.who] += 1
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or raised:
            self.faults.append(f"{one}: {answer.status_code}\n{''.join(raised)[-1500:]}")
        if one.who in _OUTSIDE and OTHERS in said.decode(errors="replace"):
            self.faults.append(f"{one} shows another's")
        return Answered(answer.status_code, answer.headers.get("Location", ""), evidence)


def make_probe(settings: Any, tmp_path: Path) -> Probe:
    """People with an agency's case and another's, and nobody slowed by how often he asks."""
    settings.API_PER_MINUTE = settings.SCREENS_PER_MINUTE = settings.SIGN_IN_PER_MINUTE = 0
    settings.MAIL_DIR, settings.VAULT_DIR = tmp_path / "mail", tmp_path / "vault"
    abroad = go_abroad()
    everything = make_user(role="team_lead", username="everything")
    everything.user_permissions.set(Permission.objects.all())
    people = {"stranger": Client()}
    for name, user in (
        ("agency", abroad.user),
        ("collector", make_user(role="collector")),
        ("officer", make_user(role="compliance_officer")),
        ("everything", type(everything).objects.get(pk=everything.pk)),
    ):
        people[name] = Client()
        people[name].force_login(user)
    for name, user in (("robot", abroad.user), ("program", everything)):
        secret = issue_token(user, name=name)
        people[name] = Client(headers={"Authorization": f"Bearer {secret}"})
    for client in people.values():
        client.raise_request_exception = False
    return Probe(people, _objects(abroad), _names())


def _objects(abroad: Abroad) -> tuple[str, ...]:
    """Numbers of things that are there, of the agency's and of others."""
    told = [abroad.user.pk, abroad.agency.pk]
    for case in (abroad.placed, abroad.other):
        assert case.party is not None
        call = book_call(case, party=case.party, key=f"call-{case.pk}", by=None)
        hold = Hold.objects.create(case=case, reason="legal", from_on=DAY)
        promise = make_promise(case, (1, DAY))
        point = case.party.contact_points.first()
        assert point is not None
        told += [case.pk, call.pk, hold.pk, promise.pk, make_action(case=case).pk, point.pk]
    return tuple(str(one) for one in told)


def _names() -> tuple[str, ...]:
    """By what the pages read addresses and forms, as their code has it."""
    found: set[str] = set()
    for path in Path("src/carrears").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(
            re.findall(r'(?:params|GET|POST|FILES|asked|told)\.get(?:list)?\("(\w+)"', text)
        )
        if path.name.endswith("forms.py"):
            found |= set(re.findall(r"^    (\w+) = (?:forms\.)?\w*Field\(", text, re.MULTILINE))
    return tuple(sorted(found))
