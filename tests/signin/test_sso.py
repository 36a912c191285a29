"""Single sign-on against a provider of its own process, and what does not get in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from factories import make_user
from signin.company import Company, company_in
from signin.doors import told

from carrears.access.models import User
from carrears.access.organisations import AccessError
from carrears.signin.sso_people import bind, unbind

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company_in(tmp_path_factory.mktemp("company")) as company:
        yield company


@pytest.fixture
def company(running: Company, settings: Any) -> Company:
    running.be()
    settings.SSO_ISSUER = running.url
    settings.SSO_CLIENT_ID = "carrears"
    settings.SSO_SECRET_FILE = str(running.folder / "secret")
    return running


@pytest.fixture
def lin() -> User:
    user = make_user(role="collector", username="lin")
    bind(user, "subject-of-lin", by="admin")
    return user


def go(client: Client, next_page: str = "") -> str:
    """Press the button: the address at the provider."""
    answer = client.post("/sign-in/company/", {"next": next_page})
    assert answer.headers["Cache-Control"] == "no-store"
    return led_to(answer)


def led_to(answer: Any) -> str:
    """Where a page on the way out leads the browser, by itself and by its link alike."""
    assert answer.status_code == 200
    page = answer.content.decode()
    [by_itself] = re.findall(r'http-equiv="refresh" content="0;url=([^"]+)"', page)
    assert f'href="{by_itself}"' in page
    return html.unescape(by_itself)


def way_back(address: str) -> str:
    """What the provider's answer leads back to, as a path of our own."""
    answer = requests.get(address, allow_redirects=False, timeout=30)
    assert answer.status_code == 302, answer.text[:500]
    back = answer.headers["Location"]
    assert back.startswith("http://testserver/sign-in/company/sso/back/")
    return back.removeprefix("http://testserver")


def enter(client: Client, next_page: str = "") -> Any:
    return client.get(way_back(go(client, next_page)))


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def refused_for(why: str) -> list[str]:
    entries = told("signin.refused")
    assert [one["why"] for one in entries] == [why]
    return [one.get("detail", "") for one in entries]


@pytest.mark.usefixtures("company", "lin")
def test_somebody_bound_comes_in_and_out() -> None:
    client = Client()
    assert "SSO" in client.get("/sign-in/").content.decode()
    address = go(client, "/queue/")
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert (len(asked["code_challenge"]), len(asked["nonce"]), len(asked["state"])) == (1, 1, 1)

    answer = client.get(way_back(address))

    assert answer.headers["Location"] == "/queue/"
    assert SocialAccount.objects.get().extra_data == {}
    assert client.get("/queue/").status_code == 200
    assert told("signin.done")[0]["subject"] == "lin"
    assert told("signin.done")[0]["methods"] == ["socialaccount"]
    client.post("/sign-out/")
    assert client.get("/queue/").status_code == 302


@pytest.mark.usefixtures("lin")
def test_signing_out_leads_through_the_provider(company: Company) -> None:
    client = Client()
    enter(client)
    assert all("eyJ" not in str(kept) for kept in client.session.values())  # sealed

    # To this provider an address without a dot is none.
    company.be(back="http://127.0.0.1/sign-in/company/sso/back/")
    out = led_to(client.post("/sign-out/", headers={"host": "127.0.0.1"}))

    assert not is_in(client)
    asked = parse_qs(urlsplit(out).query)
    assert out.startswith(company.url)
    assert asked["client_id"] == ["carrears"]
    assert asked["post_logout_redirect_uri"] == ["http://127.0.0.1/sign-in/"]
    answer = requests.get(out, allow_redirects=False, timeout=30)
    # The hint is the token that it gave: the provider asks nobody and leads back.
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1/sign-in/")


@pytest.mark.usefixtures("company", "lin")
def test_signing_out_never_waits_for_the_provider(settings: Any) -> None:
    client = Client()
    enter(client)
    settings.SSO_ISSUER = "http://169.254.169.254"
    answer = client.post("/sign-out/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/")
    assert not is_in(client)


@pytest.mark.usefixtures("company")
def test_who_was_refused_leaves_no_token_for_who_comes_after() -> None:
    client = Client()
    enter(client)
    assert not is_in(client)
    user = make_user(role="collector", username="wang")
    client.force_login(user)
    answer = client.post("/sign-out/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/")


@pytest.mark.usefixtures("lin")
def test_without_settings_there_is_no_such_door() -> None:
    client = Client()
    assert client.post("/sign-in/company/").status_code == 404
    assert client.get("/sign-in/company/sso/back/?code=x&state=y").status_code == 404
    assert "/sign-in/company/" not in client.get("/sign-in/").content.decode()


def test_an_unknown_subject_is_refused_whatever_its_address(company: Company) -> None:
    user = make_user(role="collector", username="lin")
    user.email = "lin@lender.example"
    user.save()
    company.be(claims={"email": "lin@lender.example", "email_verified": True})
    client = Client()

    answer = enter(client)

    assert answer.headers["Location"] == "/sign-in/"
    assert not is_in(client)
    refused_for("unknown")
    assert told("signin.refused")[0]["subject"] != "subject-of-lin"  # a token of it
    assert User.objects.count() == 1


@pytest.mark.usefixtures("company")
def test_a_deactivated_account_is_refused(lin: User) -> None:
    lin.is_active = False
    lin.save()
    client = Client()
    enter(client)
    assert not is_in(client)
    refused_for("inactive")


@pytest.mark.parametrize(
    ("mood", "detail"),
    [
        ({"claims": {"iss": "https://other.example"}}, "Invalid id_token"),
        ({"issuer": "https://other.example"}, "another name"),
        ({"claims": {"aud": "another-client"}}, "Invalid id_token"),
        ({"claims": {"exp": 1_000_000_000}}, "Invalid id_token"),
        ({"claims": {"nonce": "of-another-sign-in"}}, "another sign-in"),
        ({"claims": {"nonce": None}}, "another sign-in"),
        ({"shown": "second"}, "Invalid 'kid'"),  # its key is no longer among the provider's
    ],
)
@pytest.mark.usefixtures("lin")
def test_a_token_that_does_not_check_out_is_refused(
    company: Company, mood: dict[str, Any], detail: str
) -> None:
    client = Client()
    company.be(**mood)
    back = way_back(go(client))

    answer = client.get(back)

    assert answer.headers["Location"] == "/sign-in/"
    assert not is_in(client)
    [said] = refused_for("invalid")
    assert detail in said


@pytest.mark.usefixtures("company", "lin")
def test_a_way_back_is_good_once_and_in_its_own_browser() -> None:
    client, other = Client(), Client()
    back = way_back(go(client))
    other.get(back)
    assert not is_in(other)

    client.get(back)
    assert is_in(client)

    client.post("/sign-out/")
    client.get(back)
    assert not is_in(client)
    assert [one["why"] for one in told("signin.refused")] == ["invalid", "invalid"]


@pytest.mark.usefixtures("company")
def test_a_provider_that_is_gone_is_told(settings: Any) -> None:
    settings.SSO_ISSUER = "http://169.254.169.254"
    answer = Client().post("/sign-in/company/")
    assert answer.headers["Location"] == "/sign-in/"
    [said] = refused_for("invalid")
    assert "not to be asked" in said


def test_the_map_says_who_comes_in_and_as_what(
    company: Company, lin: User, settings: Any, tmp_path: Path
) -> None:
    settings.SSO_MAP = str(tmp_path / "map.yaml")
    Path(settings.SSO_MAP).write_text(
        "allow: {domains: [lender.example]}\n"
        "claim: groups\n"
        "roles: {programs: integrator, staff: collector, chiefs: administrator}\n"
    )
    client = Client()
    own = {"email": "lin@lender.example", "groups": ["programs", "chiefs"]}
    for claims in ({}, own, own | {"email": "lin@other.example", "email_verified": True}):
        company.be(claims=claims)
        enter(client)
        assert not is_in(client)
    company.be(claims=own | {"email_verified": True})
    enter(client)
    assert is_in(client)
    # What the claim does not say any more is taken; what is dangerous it cannot give.
    assert set(lin.groups.values_list("name", flat=True)) == {"integrator"}


def test_an_account_is_made_only_where_the_setting_says_so(company: Company, settings: Any) -> None:
    settings.SSO_PROVISION = True
    company.be(user="new", claims={"preferred_username": "new.one", "name": "新人"})
    client = Client()
    enter(client)
    assert is_in(client)
    made = User.objects.get(username="new.one")
    assert (made.display_name, made.groups.count(), made.has_usable_password()) == (
        "新人",
        0,
        False,
    )
    make_user(username="taken")
    company.be(user="other", claims={"preferred_username": "Taken"})
    stranger = Client()
    enter(stranger)
    assert not is_in(stranger)
    refused_for("not_made")


@pytest.mark.usefixtures("lin")
def test_the_providers_factor_counts_where_the_lender_trusts_it(
    company: Company, settings: Any
) -> None:
    settings.MFA_ROLES = ["collector"]
    for trusted, amr, page in (
        ([], ["mfa"], 302), (["mfa"], ["pwd"], 302), (["mfa"], ["pwd", "mfa"], 200),
    ):  # fmt: skip
        settings.SSO_FACTORS = trusted
        company.be(claims={"amr": amr})
        client = Client()
        enter(client)
        assert client.get("/queue/").status_code == page


@pytest.mark.usefixtures("company")
def test_a_binding_is_of_one_to_one_and_ends(lin: User) -> None:
    other = make_user(username="other")
    for user, subject in ((lin, "second"), (other, "subject-of-lin"), (other, " ")):
        with pytest.raises(AccessError):
            bind(user, subject, by="admin")
    assert unbind(lin, by="admin")
    assert not unbind(lin, by="admin")
    client = Client()
    enter(client)
    assert not is_in(client)
    assert [one["kind"] for one in told("account.bound", "account.unbound")] == [
        "account.bound", "account.unbound",
    ]  # fmt: skip
