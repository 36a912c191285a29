"""Figures of the book, as a program asks for them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.test import Client
from factories import make_user
from homes import run_jobs
from small_book import keep_small_snapshot

from carrears.access.services import issue_token
from carrears.analytics import services
from carrears.analytics.columns import unit_of
from carrears.analytics.figures import Figure

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(tmp_path: Path, settings: Any) -> Client:
    settings.BOOK_DIR = tmp_path / "kept"
    keep_small_snapshot(tmp_path / "book")
    token = issue_token(make_user(role="strategy_manager"), name="test")
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_a_figure_comes_page_by_page_with_its_units(client: Client) -> None:
    answer = client.get("/api/analytics/roll", {"from": "2026-06", "limit": 4}).json()

    assert (answer["first"], answer["last"]) == ("2026-06-30", "2026-06-30")
    assert (answer["total"], answer["next"]) == (6, 4)
    cells = [(r["from_bucket"], r["to_bucket"], r["loans"]) for r in answer["rows"]]
    assert cells == [(0, 0, 3), (0, 1, 3), (0, None, 1), (1, 2, 1)]
    assert answer["columns"][:3] == [
        {"name": "month", "unit": "date"},
        {"name": "currency", "unit": "text"},
        {"name": "from_bucket", "unit": "number"},
    ]
    rest = client.get("/api/analytics/roll", {"from": "2026-06", "after": 4}).json()
    assert [(r["from_bucket"], r["to_bucket"]) for r in rest["rows"]] == [(2, 3), (5, 6)]
    assert rest["next"] is None


def test_conditions_and_segments(client: Client) -> None:
    asked = {"to": "2026-06", "by": ["dealer", "region"], "where": ["dealer=D1", "dealer=D2"]}
    rows = client.get("/api/analytics/cure", asked).json()["rows"]

    # Loans behind at the month-end before: A-06 from January, then A-05, then A-04 too.
    assert [(r["dealer"], r["behind"], r["cured"]) for r in rows] == [
        ("D1", behind, 0) for behind in (1, 1, 1, 2, 3)
    ]


def test_files_to_take_away(client: Client) -> None:
    asked = {"from": "2026-06", "format": "csv"}
    text = client.get("/api/analytics/stock/file", asked)
    table = client.get("/api/analytics/stock/file", asked | {"format": "parquet"})

    assert text.headers["Content-Disposition"] == 'attachment; filename="stock.csv"'
    rows = list(csv.DictReader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert [int(row["loans"]) for row in rows] == [3, 3, 1, 1, 1]
    kept = pq.read_table(io.BytesIO(table.content)).to_pylist()
    assert [row["loans"] for row in kept] == [3, 3, 1, 1, 1]


@pytest.mark.parametrize("figure", Figure)
def test_every_column_of_every_figure_has_a_unit(client: Client, figure: Figure) -> None:
    answer = client.get(f"/api/analytics/{figure}", {"from": "2025-12"}).json()
    assert bool(answer["rows"]) == (figure != Figure.REDEFAULT)  # nobody was cured
    assert [c["unit"] for c in answer["columns"]] == [unit_of(c["name"]) for c in answer["columns"]]


@pytest.mark.parametrize(
    ("path", "asked", "status", "detail"),
    [
        ("roll", {"to": "2026-07"}, 422, "to: the book's last whole month is 2026-06"),
        ("roll", {"where": "shade=red"}, 422, "where: 'shade' is no segment"),
        ("roll", {"limit": 5001}, 422, "the request does not fit"),
        ("nonsense", {}, 422, "the request does not fit"),
    ],
)
def test_what_does_not_fit_is_named(
    client: Client, path: str, asked: dict[str, Any], status: int, detail: str
) -> None:
    answer = client.get(f"/api/analytics/{path}", asked)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(detail)


def test_collectors_and_strangers_get_nothing(client: Client) -> None:
    token = issue_token(make_user(role="collector"), name="other")
    for path in ("segments", "roll", "roll/file"):
        assert Client().get(f"/api/analytics/{path}").status_code == 401
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get(f"/api/analytics/{path}", headers=headers).status_code == 403


def test_without_a_book_there_is_nothing_to_tell() -> None:
    token = issue_token(make_user(role="team_lead"), name="test")
    answer = Client(headers={"Authorization": f"Bearer {token}"}).get("/api/analytics/roll")
    assert answer.status_code == 409


@pytest.mark.django_db(transaction=True)
def test_a_large_book_is_worked_out_in_the_background(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_AT_ONCE", 1)
    for figure in ("flow", "first-payment"):
        asked = f"/api/analytics/{figure}"
        assert [client.get(asked).status_code for _ in range(2)] == [202, 202]
        run_jobs()
        assert client.get(asked).status_code == 200
