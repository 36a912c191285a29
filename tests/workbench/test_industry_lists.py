"""Lists that others keep: read, looked at, put into force, added to, removed, on the screen."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from factories import make_case, make_user

from carrears.conduct.list_uploads import take
from carrears.conduct.models import IndustryList, Listing, ListUpload
from carrears.evidence.models import Entry
from carrears.outreach.calls import preview_call

pytestmark = pytest.mark.django_db
URL = "/compliance/lists/"
TOLD = {
    "name": "拒收名单",
    "version": "2026-06",
    "source": "行业协会",
    "reason": "本人登记拒收",
    "form": "national",
    "algorithm": "sha256",
    "salt": " s",
    "salt_at": "before",
    "country": "CN",
    "from_on": "2026-06-01",
}


@pytest.fixture
def client(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="compliance_officer"))
    return client


def file_of(*numbers: str, more: str = "") -> SimpleUploadedFile:
    lines = [hashlib.sha256(f" s{one}".encode()).hexdigest() for one in numbers]
    return SimpleUploadedFile("list.csv", ("\n".join(lines) + more).encode())


def bring(client: Client, *numbers: str, more: str = "", **changes: str) -> Any:
    answer = client.post(f"{URL}read/", TOLD | changes | {"file": file_of(*numbers, more=more)})
    work_off()
    return answer


def work_off() -> None:
    """Do what the worker would."""
    for upload in ListUpload.objects.filter(state="waiting"):
        take(upload.pk)


def test_a_list_is_looked_at_before_it_bars(client: Client) -> None:
    case = make_case()
    assert case.party is not None
    party = case.party

    def listed() -> bool:
        verdict = preview_call(case, party=party)
        return any(one.reason == "listed_in" for one in verdict.findings)

    answer = bring(client, "13900000001", "13911112222", more="\nxyz\n")
    row = IndustryList.objects.get()
    assert answer.headers["Location"] == URL
    assert f'href="{URL}{row.pk}/"' in client.get(f"{URL}uploads/").content.decode()
    page = client.get(f"{URL}{row.pk}/").context["page"]
    assert (page.row.state, page.row.entries, page.row.aside) == ("read", 2, 1)
    assert [(one.row_no, one.field) for one in page.aside] == [(3, "1")]
    assert not listed()

    client.post(f"{URL}{row.pk}/force/")
    assert listed()
    assert client.get(f"{URL}{row.pk}/").context["page"].row.state == "live"
    client.post(f"{URL}{row.pk}/remove/", {"reason": " "})
    assert listed()
    client.post(f"{URL}{row.pk}/remove/", {"reason": "来源失效"})
    assert not listed()
    assert client.get(URL).context["page"].rows[0].end_reason == "来源失效"
    kinds = Entry.objects.order_by("pk").values_list("kind", "actor")
    assert list(kinds) == [
        ("contact.list_imported", "compliance_officer"),
        ("contact.list_removed", "compliance_officer"),
    ]


def test_a_list_that_is_not_wanted_is_forgotten(client: Client) -> None:
    bring(client, "13900000001")
    row = IndustryList.objects.get()
    assert client.post(f"{URL}{row.pk}/drop/").headers["Location"] == URL
    assert not Listing.objects.exists()
    assert client.get(f"{URL}{row.pk}/").status_code == 404


def test_the_next_version_begins_like_the_one_before_and_says_what_it_replaces(
    client: Client,
) -> None:
    bring(client, "13900000001", "13911112222")
    first = IndustryList.objects.get()
    client.post(f"{URL}{first.pk}/force/")

    form = client.get(URL, {"like": first.pk}).context["form"]
    assert (form["name"].value(), form["salt"].value()) == ("拒收名单", " s")
    assert form["version"].value() is None
    bring(client, "13911112222", version="2026-07")
    second = IndustryList.objects.get(version="2026-07")
    page = client.get(f"{URL}{second.pk}/").context["page"]
    assert page.in_force is not None
    assert (page.in_force.version, page.row.known) == ("2026-06", 1)
    assert bring(client, "13911112222", version="2026-07").status_code == 302
    assert IndustryList.objects.filter(version="2026-07").count() == 1


def test_rows_kept_aside_come_back_corrected(client: Client) -> None:
    bring(client, "13900000001", "13911112222", more="\nxyz\n")
    row = IndustryList.objects.get()
    client.post(f"{URL}{row.pk}/force/")
    got = client.post(f"{URL}{row.pk}/rejects/")
    right = hashlib.sha256(b" s13700000000").hexdigest()
    corrected = SimpleUploadedFile("c.csv", got.content.replace(b"xyz", right.encode()))

    assert client.post(f"{URL}{row.pk}/add/", {"file": corrected}).status_code == 302
    assert [one.state for one in client.get(f"{URL}{row.pk}/").context["uploads"].rows] == [
        "waiting"
    ]
    work_off()
    row.refresh_from_db()
    assert (row.entries, row.rejects.filter(corrected_at=None).count()) == (3, 0)
    assert client.post(f"{URL}{row.pk}/rejects/").status_code == 404
    bad = SimpleUploadedFile("d.csv", b"x y z\n")
    assert client.post(f"{URL}{row.pk}/add/", {"file": bad}).status_code == 302
    work_off()
    [refused, taken] = client.get(f"{URL}{row.pk}/").context["uploads"].rows
    assert (refused.state, refused.problem, refused.again) == ("failed", "file", False)
    assert (taken.state, taken.is_new, taken.result) == ("done", True, row.pk)
    read = Entry.objects.filter(kind="contact.list_rejects_read")
    assert [one.actor for one in read] == ["compliance_officer"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"version": ""}, "version"),
        ({"algorithm": "clear"}, "salt"),
        ({"salt": "", "salt_at": "key"}, "salt"),
        ({"until_on": "2026-05-01"}, "until_on"),
        ({"channel": "smoke"}, "channel"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    client: Client, changes: dict[str, str], field: str
) -> None:
    answer = bring(client, "13900000001", **changes)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not IndustryList.objects.exists()


def test_the_page_asks_again_while_a_file_is_being_read(client: Client) -> None:
    client.post(f"{URL}read/", TOLD | {"file": file_of("13900000001")})
    waits = client.get(URL).content.decode()
    assert 'hx-trigger="every 1s"' in waits
    assert "等待中" in waits
    ListUpload.objects.update(state="running", done=32)
    part = client.get(f"{URL}uploads/").content.decode()
    assert '<progress class="progress-bar" max="100" value="50"' in part


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"algorithm": "md5"}, "not 32 hexadecimal digits"), ({"column": "phone"}, "no column")],
)
def test_a_file_that_is_no_such_list_says_why_and_is_brought_again(
    client: Client, changes: dict[str, str], why: str
) -> None:
    bring(client, "13900000001", **changes)
    [row] = client.get(URL).context["uploads"].rows
    assert (row.state, row.problem, row.again) == ("failed", "file", True)
    assert why in row.why
    assert not IndustryList.objects.exists()

    form = client.get(URL, {"again": row.token}).context["form"]
    told = {name: form[name].value() for name in ("name", "version", "salt", "country")}
    assert told == {name: TOLD[name] for name in told}
    assert {name: form[name].value() for name in changes} == changes
    assert client.get(URL, {"again": "x"}).status_code == 200
