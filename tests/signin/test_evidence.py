"""What happens at the door is in the evidence log, without names of strangers or addresses."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from factories import make_case, make_user
from signin.doors import enter, set_app_up, told

from carrears.access.models import User
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
ADDRESS = "203.0.113.7"


def test_signing_in_and_out(client: Client) -> None:
    make_user(username="lin")
    enter(client, "lin")
    client.post("/sign-out/", REMOTE_ADDR=ADDRESS)

    done, left = told("signin.done", "signin.left")
    assert (done["kind"], done["subject"], done["actor"]) == ("signin.done", "lin", "lin")
    assert done["methods"] == ["password"]
    assert done["from"] == left["from"]
    assert done["from"]["network"] == "203.0.113.0/24"
    assert ADDRESS not in "".join(Entry.objects.values_list("payload", flat=True))


def test_failures_and_the_lock_out() -> None:
    make_user(username="lin")
    for _ in range(6):
        enter(Client(), "lin", "wrong")
    enter(Client(), "hunter2-in-the-wrong-field", "x")

    found = [(one["kind"], one["subject"]) for one in told("signin.failed", "signin.locked")]
    assert found[:6] == [*[("signin.failed", "lin")] * 4, *[("signin.locked", "lin")] * 2]
    [(kind, stranger)] = found[6:]
    assert kind == "signin.failed"
    assert stranger.startswith("unknown-")
    assert "hunter2" not in stranger


def test_factors(client: Client) -> None:
    make_user(username="lin")
    enter(client, "lin")
    _, codes = set_app_up(client)
    second = Client()
    enter(second, "lin")
    second.post("/sign-in/factor/", {"code": "000000"})
    second.post("/sign-in/factor/", {"code": codes[0]})

    found = [(one["kind"], one["factor"]) for one in told("factor.failed", "factor.used")]
    assert found == [("factor.failed", "totp"), ("factor.used", "recovery_codes")]
    assert told("signin.done")[-1]["methods"] == ["mfa:recovery_codes", "password"]


@pytest.mark.django_db(transaction=True)
def test_a_new_factor_is_told_when_it_is_kept(client: Client) -> None:
    make_user(username="lin")
    enter(client, "lin")
    set_app_up(client)

    assert {one["factor"] for one in told("factor.added")} == {"totp", "recovery_codes"}


def test_a_denial(client: Client) -> None:
    make_case()
    client.force_login(make_user(role="strategy_manager", username="wei"))
    assert client.post("/case/A-03/note/", {"text": "x"}).status_code == 403

    [denied] = told("access.denied")
    assert (denied["subject"], denied["view"]) == ("wei", "workbench:note")
    assert (denied["method"], denied["of"]) == ("POST", {"loan_no": "A-03"})


def test_what_is_out_of_sight_is_a_denial_once_an_hour_for_an_object() -> None:
    make_case(loan_no="B-04", assignee=make_user(role="collector", username="other"))
    lin = make_user(role="collector", username="lin")
    before = told("access.denied")
    client, again = Client(), Client()
    client.force_login(lin)
    again.force_login(lin)
    for _ in range(3):
        assert client.get("/case/B-04/").status_code == 404
        assert again.get("/case/B-05/").status_code == 404
    assert client.post("/case/B-04/note/", {"text": "x"}).status_code == 404
    assert client.get("/no/such/page/").status_code == 404

    found = told("access.denied")[len(before) :]
    assert [(one["subject"], one["of"], one["why"]) for one in found] == [
        ("lin", {"loan_no": "B-04"}, "unseen"),
        ("lin", {"loan_no": "B-05"}, "unseen"),
    ]


def test_what_was_typed_as_a_number_and_is_none_is_kept_as_a_token(client: Client) -> None:
    client.force_login(make_user(role="collector", username="lin"))
    for typed in ("王小明", "13800138000", "wang@example.com"):
        assert client.get(f"/case/{typed}/").status_code == 404

    kept = [one["of"]["loan_no"] for one in told("access.denied")]
    assert len(set(kept)) == 3
    assert all(one.startswith("unknown-") for one in kept)


def test_changes_of_what_somebody_may_do() -> None:
    user = make_user(role="collector", username="lin")
    role = Group.objects.get(name="collector")
    permission = Permission.objects.get(codename="view_entry")
    before = len(told("access.granted", "access.withdrawn", "role.granted", "user.changed"))
    user.groups.remove(role)
    role.user_set.add(user)
    user.groups.clear()
    user.user_permissions.add(permission)
    role.permissions.add(permission)
    user.is_superuser = True
    user.save()
    User.objects.get(pk=user.pk).save()

    kinds = ("access.granted", "access.withdrawn", "role.granted", "user.changed")
    found = [(one["kind"], one["subject"], one.get("given")) for one in told(*kinds)[before:]]
    assert found == [
        ("access.withdrawn", "lin", "role:collector"),
        ("access.granted", "lin", "role:collector"),
        ("access.withdrawn", "lin", "role:collector"),
        ("access.granted", "lin", "evidence.view_entry"),
        ("role.granted", "role:collector", "evidence.view_entry"),
        ("user.changed", "lin", None),
    ]
