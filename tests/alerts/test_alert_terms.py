"""When a target is told: bounds, quiet hours, digests; and what the file refuses."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from carrears.alerts.kinds import AlertKind, say
from carrears.alerts.terms import AlertTermsError, Route, due_at, load_alert_terms

ZONE = "Asia/Shanghai"
SHIPPED = Path("src/carrears/alerts/alerts.yaml")
ON = date(2026, 7, 1)


def at(clock: str, day: int = 1) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 7, day, hour, minute, tzinfo=ZoneInfo(ZONE))


def route(**given: object) -> Route:
    return Route.model_validate({"alerts": ["pool"], "to": ["desk"]} | given)


NIGHT = {"from": "22:00", "until": "08:00"}
NOON = {"from": "12:00", "until": "14:00"}


@pytest.mark.parametrize(
    ("given", "now", "last", "due"),
    [
        ({}, at("10:00"), None, at("10:00")),
        ({"every_minutes": 60}, at("10:00"), at("09:30"), at("10:30")),
        ({"every_minutes": 60}, at("10:00"), at("09:00"), at("10:00")),
        ({"quiet": NIGHT}, at("21:59"), None, at("21:59")),
        ({"quiet": NIGHT}, at("22:00"), None, at("08:00", 2)),
        ({"quiet": NIGHT}, at("07:59"), None, at("08:00")),
        ({"quiet": NIGHT}, at("08:00"), None, at("08:00")),
        ({"quiet": NOON}, at("12:00"), None, at("14:00")),
        ({"quiet": NOON}, at("14:00"), None, at("14:00")),
        ({"quiet": NIGHT, "every_minutes": 90}, at("21:00"), at("20:45"), at("08:00", 2)),
        ({"digest_at": "09:00"}, at("09:00"), None, at("09:00")),
        ({"digest_at": "09:00"}, at("09:01"), None, at("09:00", 2)),
        ({"digest_at": "07:00", "quiet": NIGHT}, at("05:00"), None, at("08:00")),
    ],
)
def test_when_a_target_is_told(
    given: dict[str, object], now: datetime, last: datetime | None, due: datetime
) -> None:
    assert due_at(route(**given), at=now, last=last, zone=ZONE) == due


def test_the_shipped_file_tells_nobody(tmp_path: Path) -> None:
    terms = load_alert_terms(tmp_path, on=ON)
    assert (terms.targets, terms.routes) == ({}, ())


def test_of_several_routes_to_a_target_the_first_holds(tmp_path: Path) -> None:
    own = shipped()
    own["targets"] = {"desk": {"kind": "wecom"}, "mail": {"kind": "apprise"}}
    own["routes"] = [
        {"alerts": ["worker"], "to": ["desk"], "every_minutes": 5},
        {"alerts": ["worker", "pool"], "to": ["desk", "mail"]},
    ]
    (tmp_path / "alerts.yaml").write_text(yaml.safe_dump([own]))
    found = load_alert_terms(tmp_path, on=ON).routes_of(AlertKind.WORKER)
    assert {name: one.every_minutes for name, one in found.items()} == {"desk": 5, "mail": 60}


def shipped() -> dict[str, object]:
    [one] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    assert isinstance(one, dict)
    return one


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"routes": [{"alerts": ["pool"], "to": ["nobody"]}]}, "routes lead to no target: nobody"),
        ({"routes": [{"alerts": ["weather"], "to": ["desk"]}]}, "routes.0.alerts.0"),
        ({"targets": {"desk": {"kind": "pager"}}}, "targets.desk.kind"),
        ({"targets": {"Desk": {"kind": "wecom"}}}, "targets.Desk"),
        (
            {
                "targets": {"desk": {"kind": "wecom"}},
                "routes": [{"alerts": ["pool"], "to": ["desk"], "digest_at": 540}],
            },
            "routes.0.digest_at: Input should be a valid string",
        ),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, change: dict[str, object], said: str) -> None:
    (tmp_path / "alerts.yaml").write_text(yaml.safe_dump([shipped() | change]))
    with pytest.raises(AlertTermsError, match=said.replace(".", r"\.")):
        load_alert_terms(tmp_path, on=ON)


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_has_words_in_both_languages(kind: AlertKind) -> None:
    names = (
        "jobs minutes workers messages days running entries failures blocked percent usual levels"
        " cases values checks witnesses removed unreadable changed false failed objects recordings"
        " people"
    )
    figures = dict.fromkeys(names.split(), 7)
    for language in ("zh-CN", "en-US"):
        assert "7" in say(kind, figures, language)  # type: ignore[arg-type]
