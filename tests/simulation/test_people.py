"""The gate in a simulation says what it says to a message; screens, API and command show it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dayrun.test_asking import PRODUCTS
from django.test import Client
from factories import make_person, make_user

from carrears.access.services import issue_token
from carrears.clock import now
from carrears.conduct.services import bar_contact
from carrears.dayrun import columnar
from carrears.simulation.blocking import count_blocked, put_record
from carrears.simulation.deciding import decide_both
from carrears.simulation.models import Simulation
from carrears.simulation.services import ask_simulation, run_simulation
from carrears.simulation.sights import find_sights, load_facts
from carrears.simulation.summary import COLUMNS
from carrears.strategy.services import compiled_strategy, published_strategy
from simulation.test_equal import AS_OF, root, run_day  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


def test_who_must_not_be_contacted_is_blocked(root: Path) -> None:  # noqa: F811
    run_day(root, AS_OF)
    compiled = compiled_strategy(published_strategy())
    [sight] = find_sights([AS_OF])
    with columnar.book_engine(sight.snapshot) as engine:
        load_facts(engine, sight, PRODUCTS, {})
        decide_both(engine, [compiled, compiled])
        loans = engine.execute(
            "select loan_no, 1.0 / cadence0 from beside where dpd > 0 and channel0 = 'email'"
            " order by loan_id limit 2"
        ).fetchall()
        _free, barred = (make_person(loan_no=number) for number, _ in loans)
        bar_contact(
            barred,
            reason="asked for it",
            from_on=AS_OF - timedelta(days=1),
            until_on=None,
            by=None,
            at=now(),
        )
        put_record(engine, as_of=AS_OF)
        rows = {
            row["channel"]: row for row in count_blocked(engine, 0, as_of=AS_OF, products=PRODUCTS)
        }
        actions = engine.execute(
            "select sum(1.0 / cadence0) from beside where dpd > 0 and channel0 = 'email'"
        ).fetchall()[0][0]

    email = rows["email"]
    judged = sum(email[name] for name in ("allow", "review", "block"))
    assert judged == pytest.approx(sum(rate for _, rate in loans))
    assert email["block"] == pytest.approx(loans[1][1])
    assert email["rules"] != {}
    assert judged + email["nobody"] == pytest.approx(actions)


def test_a_simulation_is_asked_for_and_taken_away_by_the_api(root: Path) -> None:  # noqa: F811
    run_day(root, AS_OF)
    token = issue_token(make_user(role="strategy_manager"), name="test")
    client = Client(headers={"Authorization": f"Bearer {token}"})

    asked = client.post(
        "/api/simulations",
        {"second": "in-force", "days": [AS_OF.isoformat()]},
        content_type="application/json",
    )
    number = asked.json()["id"]
    early = client.get(f"/api/simulations/{number}/report")
    run_simulation(Simulation.objects.get(pk=number))

    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert early.status_code == 409
    read = client.get(f"/api/simulations/{number}").json()
    for name, rows in read["result"].items():
        assert all(set(row) == set(COLUMNS[name]) for row in rows), name
    assert (read["state"], read["done"]) == ("done", 1)
    table = client.get(f"/api/simulations/{number}/moves")
    heading = table.content.decode("utf-8-sig").splitlines()[0]
    assert heading == '"as_of","currency","behind","before","after","loans","arrears"'
    assert b"<svg" in client.get(f"/api/simulations/{number}/report").content
    assert client.get(f"/api/simulations/{number}/nothing").status_code == 404


def test_the_screen_asks_waits_and_shows(root: Path) -> None:  # noqa: F811
    run_day(root, AS_OF)
    client = Client()
    client.force_login(make_user(role="strategy_manager"))

    begun = client.post(
        "/simulations/",
        {"first": "in-force", "second": "in-force", "since": AS_OF, "until": AS_OF},
    )
    waits: Any = client.get(begun.headers["Location"])
    run_simulation(Simulation.objects.get())
    shown = client.get(begun.headers["Location"])
    listed = client.get("/simulations/")

    assert begun.status_code == 302
    assert 'hx-trigger="every 2s"' in waits.content.decode()
    assert "<svg" in shown.content.decode()
    assert "style=" not in shown.content.decode()
    assert begun.headers["Location"] in listed.content.decode()


def test_somebody_without_the_permission_sees_nothing(root: Path) -> None:  # noqa: F811
    run_day(root, AS_OF)
    asked = ask_simulation("in-force", "in-force", days=[AS_OF])
    client = Client()
    client.force_login(make_user(role="collector"))
    assert client.get(f"/simulations/{asked.pk}/").status_code == 403
