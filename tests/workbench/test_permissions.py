"""Who may open which page: every role against every page, and cases of other people."""

from __future__ import annotations

from typing import Any

import pytest
from factories import make_case, make_user

from carrears.casework.models import CaseEvent, Promise

pytestmark = pytest.mark.django_db

# What each role gets, in the order of ROLES; the case is its own.
GET = {
    "/": (200, 200, 200, 200, 200),
    "/analytics/": (403, 200, 200, 200, 200),
    "/analytics/file/": (403, 409, 409, 409, 409),
    "/analytics/definitions/": (403, 200, 200, 200, 200),
    "/queue/": (200, 200, 200, 200, 200),
    "/search/": (200, 200, 200, 200, 200),
    "/case/A-03/": (200, 200, 200, 200, 200),
    "/case/A-03/timeline/": (200, 200, 200, 200, 200),
    "/case/A-03/contact/": (200, 200, 403, 403, 403),
    "/case/A-03/calls/": (302, 302, 403, 403, 403),
    "/allocation/": (403, 200, 403, 403, 403),
    "/allocation/collectors/": (403, 200, 403, 403, 403),
    "/allocation/collectors/999999/": (403, 404, 403, 403, 403),
    "/allocation/moves/": (403, 200, 403, 403, 403),
    "/holds/together/": (403, 200, 403, 200, 403),
    "/holds/together/orders/": (403, 200, 403, 200, 403),
    "/allocation/pull-back/": (403, 200, 403, 403, 403),
    "/calls/": (200, 200, 403, 200, 200),
    "/overrides/": (200, 200, 403, 200, 403),
    "/overrides/999/": (404, 404, 403, 404, 403),
    "/case/NO-SUCH/": (404, 404, 404, 404, 404),
    "/mail/": (200, 200, 403, 200, 200),
    "/mail/999/": (404, 404, 403, 404, 404),
    "/templates/": (403, 200, 200, 200, 403),
    "/templates/reminder/": (403, 200, 200, 200, 403),
    "/templates/reminder/1/": (403, 200, 200, 200, 403),
    "/templates/reminder/9/": (403, 404, 404, 404, 403),
    "/templates/nothing/": (403, 404, 404, 404, 403),
    "/templates/reminder/preview/?loan=NO-SUCH": (403, 200, 200, 200, 403),
    "/imports/": (403, 403, 200, 403, 200),
    "/alerts/": (403, 200, 403, 403, 200),
    "/reports/": (403, 200, 200, 200, 200),
    "/imports/999/": (403, 403, 404, 403, 404),
    "/experiments/": (403, 403, 200, 200, 403),
    "/experiments/new/": (403, 403, 200, 403, 403),
    "/experiments/none/": (403, 403, 404, 404, 403),
    "/compliance/": (403, 403, 403, 200, 403),
    "/compliance/attempts/": (403, 403, 403, 200, 403),
    "/compliance/attempts/file/": (403, 403, 403, 200, 403),
    "/compliance/attempts/999/": (403, 403, 403, 404, 403),
    "/compliance/agencies/": (403, 403, 403, 200, 403),
    "/compliance/agencies/file/": (403, 403, 403, 200, 403),
    "/compliance/complaints/": (403, 200, 403, 200, 403),
    "/compliance/complaints/file/": (403, 200, 403, 200, 403),
    "/compliance/complaints/new/": (200, 200, 403, 200, 403),
    "/compliance/complaints/999/": (403, 404, 403, 404, 403),
    "/compliance/rights/": (403, 200, 403, 200, 403),
    "/compliance/rights/new/": (200, 200, 403, 200, 403),
    "/compliance/rights/999/": (403, 404, 403, 404, 403),
    "/compliance/treatments/": (403, 200, 403, 200, 403),
    "/case/A-03/consents/new/": (200, 200, 403, 200, 403),
    "/compliance/ask/": (403, 403, 403, 200, 403),
    "/compliance/unmasked/": (403, 403, 403, 200, 403),
    "/compliance/unmasked/file/": (403, 403, 403, 200, 403),
    "/compliance/do-not-contact/": (403, 403, 403, 200, 403),
    "/compliance/lists/": (403, 403, 403, 200, 403),
    "/compliance/lists/999/": (403, 403, 403, 404, 403),
    "/compliance/lists/uploads/": (403, 403, 403, 200, 403),
    "/compliance/mandates/": (403, 403, 403, 200, 403),
    "/notes/": (403, 200, 403, 200, 403),
    "/rules/": (200, 200, 200, 200, 200),
    "/rules/cn/CN-02/": (200, 200, 200, 200, 200),
    "/people/": (403, 200, 403, 200, 403),
    "/people/new/": (403, 403, 403, 403, 403),
    "/people/999/": (403, 404, 403, 404, 403),
    "/people/proposals/": (403, 200, 403, 200, 200),
    "/organisations/": (403, 200, 403, 200, 403),
    "/organisations/999/": (403, 404, 403, 404, 403),
    "/evidence/": (403, 403, 403, 200, 200),
}
POST = {
    "/case/A-03/note/": (302, 302, 403, 403, 403),
    "/case/A-03/follow-up/": (422, 422, 403, 403, 403),
    "/case/A-03/promise/": (302, 302, 403, 403, 403),
    "/case/A-03/hold/": (302, 302, 403, 403, 403),
    "/case/A-03/hold/1/lift/": (404, 404, 404, 404, 404),
    "/case/A-03/hold/1/end/": (404, 404, 404, 404, 404),
    "/case/A-03/reveal/vin/car/": (422, 422, 403, 403, 403),
    "/case/A-03/contact/": (200, 200, 403, 403, 403),
    "/case/A-03/numbers/999/confirm/": (404, 404, 403, 403, 403),
    "/case/A-03/calls/": (404, 404, 403, 403, 403),
    "/case/A-03/calls/999/result/": (404, 404, 403, 403, 403),
    "/case/A-03/overrides/999/ask/": (404, 404, 403, 404, 403),
    "/case/A-03/overrides/999/use/": (404, 404, 403, 404, 404),
    "/case/A-03/showing/": (200, 200, 403, 403, 403),
    "/case/A-03/left/": (204, 204, 403, 403, 403),
    "/case/A-03/take-over/": (403, 302, 403, 403, 403),
    "/queue/next/": (302, 302, 403, 403, 403),
    "/allocation/give/": (403, 302, 403, 403, 403),
    "/allocation/pull-back/now/": (403, 302, 403, 403, 403),
    "/allocation/moves/preview/": (403, 422, 403, 403, 403),
    "/allocation/moves/do/": (403, 422, 403, 403, 403),
    "/allocation/moves/999/undo/": (403, 404, 403, 403, 403),
    "/holds/together/order/": (403, 302, 403, 302, 403),
    "/holds/together/999/lift/": (403, 404, 403, 404, 403),
    "/allocation/collectors/999999/save/": (403, 404, 403, 403, 403),
    "/allocation/collectors/999999/absent/": (403, 404, 403, 403, 403),
    "/allocation/collectors/999999/absent/9/end/": (403, 404, 403, 403, 403),
    "/overrides/999/decide/": (403, 404, 403, 404, 403),
    "/templates/new/": (403, 422, 422, 422, 403),
    "/templates/reminder/draft/": (403, 302, 302, 302, 403),
    "/templates/reminder/withdraw/": (403, 403, 403, 302, 403),
    "/templates/reminder/9/save/": (403, 404, 404, 404, 403),
    "/templates/reminder/9/approve/": (403, 404, 404, 404, 403),
    "/alerts/none/test/": (403, 403, 403, 403, 404),
    "/alerts/none/again/": (403, 403, 403, 403, 302),
    "/alerts/messages/999/again/": (403, 403, 403, 403, 404),
    "/reports/schedule/": (403, 422, 422, 422, 403),
    "/reports/999/stop/": (403, 404, 404, 404, 404),
    "/imports/upload/": (403, 403, 403, 403, 422),
    "/imports/999/rejects/": (403, 403, 403, 403, 404),
    "/analytics/again/": (403, 422, 422, 422, 422),
    "/experiments/new/": (403, 403, 422, 403, 403),
    "/experiments/none/start/": (403, 403, 404, 404, 403),
    "/experiments/none/drop/": (403, 403, 404, 403, 403),
    "/experiments/none/confirm/": (403, 403, 404, 404, 403),
    "/compliance/ask/": (403, 403, 403, 422, 403),
    "/compliance/complaints/new/": (422, 422, 403, 422, 403),
    "/compliance/complaints/999/step/": (403, 404, 403, 404, 403),
    "/compliance/rights/new/": (422, 422, 403, 422, 403),
    "/compliance/rights/999/step/": (403, 404, 403, 404, 403),
    "/compliance/rights/999/report/": (403, 404, 403, 404, 403),
    "/compliance/treatments/999/": (403, 404, 403, 403, 403),
    "/case/A-03/consents/new/": (422, 422, 403, 422, 403),
    "/compliance/do-not-contact/add/": (403, 403, 403, 422, 403),
    "/compliance/do-not-contact/999/lift/": (403, 403, 403, 404, 403),
    "/compliance/do-not-contact/find/": (403, 403, 403, 302, 403),
    "/notes/999/review/": (403, 404, 403, 404, 403),
    "/compliance/lists/read/": (403, 403, 403, 422, 403),
    "/compliance/lists/999/force/": (403, 403, 403, 404, 403),
    "/compliance/lists/999/drop/": (403, 403, 403, 404, 403),
    "/compliance/lists/999/add/": (403, 403, 403, 404, 403),
    "/compliance/lists/999/remove/": (403, 403, 403, 404, 403),
    "/compliance/lists/999/rejects/": (403, 403, 403, 404, 403),
    "/compliance/mandates/give/": (403, 403, 403, 422, 403),
    "/compliance/mandates/999/end/": (403, 403, 403, 404, 403),
    "/people/new/": (403, 403, 403, 403, 403),
    "/people/999/roles/": (403, 403, 403, 403, 403),
    "/people/999/place/": (403, 404, 403, 403, 403),
    "/people/999/leave/9/": (403, 404, 403, 403, 403),
    "/people/999/reset/": (403, 403, 403, 403, 403),
    "/people/999/deactivate/": (403, 403, 403, 403, 403),
    "/people/999/unlock/": (403, 403, 403, 403, 403),
    "/people/proposals/999/confirm/": (403, 404, 403, 404, 404),
    "/organisations/open/": (403, 403, 403, 403, 403),
    "/organisations/999/close/": (403, 403, 403, 403, 403),
    "/organisations/999/recall/9/": (403, 404, 403, 403, 403),
    "/evidence/verify/": (403, 403, 403, 302, 302),
    "/case/A-03/bundle/": (403, 403, 403, 302, 403),
    "/case/NO-SUCH/bundle/": (404, 404, 404, 404, 404),
}
DATA = {
    "text": "spoke to him",
    "amount": "100.00",
    "due_on": "2026-07-05",
    "reason": "hospital",
    "until_on": "",
}
ROLES = ("collector", "team_lead", "strategy_manager", "compliance_officer", "operator")


@pytest.mark.parametrize("place", range(len(ROLES)), ids=ROLES)
def test_pages_by_role(sign_in: Any, place: int) -> None:
    user = make_user(role=ROLES[place])
    make_case(assignee=user)
    client = sign_in(user)

    got = {path: client.get(path).status_code for path in GET}

    assert got == {path: codes[place] for path, codes in GET.items()}


@pytest.mark.parametrize("path", POST)
@pytest.mark.parametrize("place", range(len(ROLES)), ids=ROLES)
def test_deeds_by_role(sign_in: Any, place: int, path: str) -> None:
    user = make_user(role=ROLES[place])
    make_case(assignee=user)

    answer = sign_in(user).post(path, DATA)

    assert answer.status_code == POST[path][place]


@pytest.mark.parametrize(
    ("asked", "back"),
    [
        ("/queue/?q=13800138000&sort=days", "/queue/%3Fsort%3Ddays"),
        ("/search/?q=%E6%9D%8E", "/search/"),
        ("/queue/?sort=days&owner=", "/queue/%3Fsort%3Ddays%26owner%3D"),
    ],
)
def test_strangers_are_led_back_without_what_they_searched(
    client: Any, asked: str, back: str
) -> None:
    assert client.get(asked).headers["Location"] == f"/sign-in/?next={back}"


@pytest.mark.parametrize("path", [*GET, *POST])
def test_strangers_are_led_to_the_sign_in(client: Any, path: str) -> None:
    method = client.post if path in POST else client.get

    assert method(path).headers["Location"].startswith("/sign-in/?next=")
    assert method(path, headers={"HX-Request": "true"}).status_code == 401


@pytest.mark.parametrize(
    "path",
    [p for p, codes in (GET | POST).items() if "/case/A-03" in p and codes[0] != 403],
)
def test_a_collector_does_not_find_the_case_of_another(sign_in: Any, path: str) -> None:
    make_case(assignee=make_user(role="collector", username="other"))
    client = sign_in(make_user(role="collector"))

    answer = client.post(path, DATA) if path in POST else client.get(path)

    assert answer.status_code == 404
    assert not CaseEvent.objects.exists()
    assert not Promise.objects.exists()


def test_someone_without_a_role_sees_the_dashboard_only(sign_in: Any) -> None:
    client = sign_in(make_user())

    assert {path: client.get(path).status_code for path in GET if path != "/"} == dict.fromkeys(
        [path for path in GET if path != "/"], 403
    )
    assert client.get("/").status_code == 200


def test_reading_is_by_get_and_doing_by_post(sign_in: Any) -> None:
    user = make_user(role="team_lead")
    make_case()
    client = sign_in(user)

    assert client.post("/holds/").status_code == 405
    assert client.get("/case/A-03/note/").status_code == 405
    assert client.put("/case/A-03/reveal/vin/car/").status_code == 405
