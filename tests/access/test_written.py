"""What people of agencies write where no wall stands, as the database itself sees it done.

``walls.WRITTEN`` was once a list made by reading. Here they sign in and out, set a factor up and
use it, call the API, record a screen, open a file: a trigger on each such table notes which of them
were written as their role, and the list holds those and no others.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from access.outsiders import Abroad, go_abroad
from access.storeys import ask
from access.test_walls import OPEN
from django.conf import LazySettings
from django.conf import settings as shipped
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from factories import MOMENT
from recordings.sending import Tape, begin
from signin.doors import PASSWORD, code_of, confirm, enter, set_app_up

from carrears.access.services import issue_token
from carrears.access.walls import WRITTEN
from carrears.agencies.jobs import place_approved
from carrears.notices.services import mute
from carrears.recordings.services import append
from carrears.vault.models import Origin
from carrears.vault.opening import open_objects
from carrears.vault.uploading import take_upload

pytestmark = pytest.mark.django_db
CHOSEN = "correct-horse-battery-9"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)
_NOTE = """
create temp table written_down (name text, verb text, role text);
grant insert on written_down to public;
create function pg_temp.note_written() returns trigger language plpgsql as $$
begin
  insert into pg_temp.written_down values (tg_table_name, lower(tg_op), current_user);
  return null;
end $$;
"""


@pytest.fixture
def abroad() -> Abroad:
    found = go_abroad()
    found.user.set_password(PASSWORD)
    found.user.email = "abroad@agency.example"
    found.user.save()
    return found


@pytest.fixture
def noted(abroad: Abroad) -> None:  # noqa: ARG001  what it writes is not noted
    with connection.cursor() as cursor:
        cursor.execute(_NOTE)
        for table in sorted(OPEN):
            cursor.execute(
                f"create trigger noted after insert or update or delete on {table}"
                " for each statement execute function pg_temp.note_written()"
            )


def written() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        role = shipped.WEB_ROLES["outside"]
        cursor.execute("select distinct name, verb from written_down where role = %s", [role])
        return set(cursor.fetchall())


def sign_in_and_out() -> None:
    """Wrong, right, with an app, by a recovery code; the app taken away; a new password."""
    for _ in range(2):
        enter(Client(), "abroad", "wrong")
    browser = Client()
    enter(browser, "abroad")
    secret, codes = set_app_up(browser)
    for code in (code_of(secret, steps=1), codes[0]):
        again = Client()
        enter(again, "abroad")
        again.post("/sign-in/factor/", {"code": code})
        again.get("/queue/")
    browser.post("/account/sessions/end/")
    confirm(browser)
    browser.post("/account/app/remove/")
    fresh = {"oldpassword": PASSWORD, "password1": CHOSEN, "password2": CHOSEN}
    browser.post("/account/password/", fresh)
    browser.post("/sign-out/")


def work(abroad: Abroad) -> HttpResponse:
    """A screen is recorded, a file opened, a choice made, a job put in."""
    tape = Tape()
    recording = begin(tape, abroad.placed, abroad.user)
    append(recording.token, tape.add("x"), by=abroad.user, at=MOMENT)
    kept = take_upload(
        io.BytesIO(PNG), kind="photo", case=abroad.placed, name="a.png", declared="image/png",
        by=abroad.user, at=MOMENT, origin=Origin.AGENCY,
    )  # fmt: skip
    open_objects([kept], by=abroad.user, why="casework")
    mute(abroad.user, ["moved"])
    place_approved.defer(placing=0)
    return HttpResponse()


@pytest.mark.usefixtures("noted")
def test_what_they_write_where_no_wall_stands_is_on_the_list(
    abroad: Abroad, tmp_path: Path, settings: LazySettings
) -> None:
    settings.VAULT_DIR = tmp_path / "vault"
    secret = issue_token(abroad.user, name="x")
    Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/cases")
    sign_in_and_out()
    ask(abroad.user, lambda _: work(abroad))

    found = written()

    assert {table for table, _ in found} == WRITTEN.keys()
    beyond = {(table, verb) for table, verb in found if verb not in WRITTEN[table]}
    assert beyond == set()
