"""What is typed into a search stands in no address in clear."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_person, make_user

from carrears.access.models import User
from carrears.parties.models import LoanParty

TEMPLATES = Path("src/carrears")
_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_PICKED = r'type="(?:hidden|checkbox|date\w*|datetime-local)"'
_TYPED = re.compile(rf"<(?:input|textarea)\b(?![^>]*{_PICKED})[^>]*>")
# Fields of forms that are read by GET: what they look for is nobody's name or number.
OF_NOBODY = {
    "asked-rule": "a rule's name",
    "ask-loan": "a loan's number, which stands in its case's address",
    "d-loan": "a loan's number",
    "holds-loan": "a loan's number",
    "loan": "a loan's number",
    "looks-loan": "a loan's number",
    "preview-loan": "a loan's number",
    "dead-error": "how a gateway's answer begins, which is kept without numbers",
    "mandates-agency": "an agency's key",
    "rules-text": "words of a law",
    "templates-text": "words of a template",
}


@pytest.fixture
def lead() -> User:
    return make_user(role="team_lead")


@pytest.fixture
def many() -> None:
    party = make_person(loan_no="A-00", name="赵试一")
    for number in range(60):
        make_case(loan_no=f"A-{number:02}", name="", party=party, loan_id=number)
        if number:
            LoanParty.objects.create(loan_no=f"A-{number:02}", party=party, role="obligor")


def typed(client: Client, place: str, words: str, **filters: str) -> str:
    """Where the form of a list leads."""
    led = client.post(place, {"q": words, "csrfmiddlewaretoken": "x", **filters})
    assert led.status_code == 302
    return led.headers["Location"]


@pytest.mark.django_db
@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("place", ["/queue/", "/search/"])
@pytest.mark.parametrize("words", ["赵试一", "139 0000 0001"])
def test_a_search_leads_to_an_address_without_the_words(
    lead: User, sign_in: Any, place: str, words: str
) -> None:
    client = sign_in(lead)

    address = typed(client, place, words, sort="days", owner="")

    assert re.fullmatch(rf"{place}\?sort=days&s=[\w-]+", address)
    page = client.get(address).content.decode()
    assert "/case/A-00/" in page
    assert f'value="{words}"' in page
    follows = re.search(r'rel="next" href="([^"]+)"', page)
    assert follows is not None
    following = follows[1].replace("&amp;", "&")
    assert following == f"?{address.partition('?')[2]}&page=2"
    assert len(re.findall(r'href="/case/A-\d+/"', client.get(place + following).content.decode()))
    for link in re.findall(r'(?:href|action|hx-\w+)="([^"]*)"', page):
        assert "q=" not in link
        assert "0001" not in link


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["/queue/", "/search/", "/people/", "/warning/", "/mail/",
                                   "/overrides/"])  # fmt: skip
def test_every_searched_list_takes_the_words_by_a_form(
    lead: User, sign_in: Any, place: str
) -> None:
    client = sign_in(lead)

    for address in (
        typed(client, place, "赵试一"),
        client.get(place, {"q": "赵试一"}).headers["Location"],  # a link from before
    ):
        assert re.fullmatch(rf"{place}\?s=[\w-]+", address)
        assert 'value="赵试一"' in client.get(address).content.decode()
    assert typed(client, place, " ") == f"{place}?all=1"
    other = sign_in(make_user(role="team_lead", username="other"))
    assert "赵试一" not in other.get(address).content.decode()  # it is sealed for who searched
    for broken in (f"{address}x", f"{place}?s=%00", f"{place}?s=张", f"{place}?s=a&s=b"):
        assert other.get(broken).status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("many")
def test_as_one_types_only_the_rows_come_and_the_address_to_show(lead: User, sign_in: Any) -> None:
    client = sign_in(lead)

    part = client.post(
        "/queue/", {"q": "赵试一", "bucket": ["1", "2"]}, headers={"HX-Request": "true"}
    )

    assert part.content.decode().strip().startswith('<div id="queue-rows"')
    shown = part.headers["HX-Push-Url"]
    assert re.fullmatch(r"/queue/\?bucket=1&bucket=2&s=[\w-]+", shown)
    assert "/case/A-00/" in client.get(shown).content.decode()
    none = client.post("/queue/", {"q": "", "sort": "days"}, headers={"HX-Request": "true"})
    assert none.headers["HX-Push-Url"] == "/queue/?sort=days"


@pytest.mark.django_db
@pytest.mark.usefixtures("many")
def test_the_same_words_sent_again_lead_to_no_other_address(lead: User, sign_in: Any) -> None:
    client = sign_in(lead)

    def pushed(at: str, **fields: str) -> str | None:
        told = {"HX-Request": "true", "HX-Current-URL": at}
        return client.post("/queue/", fields, headers=told).headers.get("HX-Push-Url")

    found = pushed("http://testserver/queue/", q="赵试一", sort="days")
    assert found is not None
    here = f"http://testserver{found}"
    assert pushed(here, q=" 赵试一", sort="days") is None
    assert pushed("http://testserver/queue/?all=1", q="") is None
    for elsewhere in (here.replace("/queue/", "/warning/"), here.replace("testserver", "other"),
                      f"{here}&page=2", "http://[", "http://testserver/queue/?s=x"):  # fmt: skip
        assert pushed(elsewhere, q="赵试一", sort="days") is not None
    assert pushed(here, q="赵试", sort="days") is not None
    assert pushed(here, q="赵试一", sort="priority") is not None
    assert pushed(here, q="", sort="days") is not None


@pytest.mark.django_db
def test_a_view_is_kept_without_the_words(lead: User, sign_in: Any) -> None:
    client = sign_in(lead)
    bar = client.get(typed(client, "/queue/", "赵试一")).content.decode()

    assert 'hx-include="#list-filters select, #list-filters [type=checkbox]"' in bar
    client.post("/views/queue/save/", {"name": "v", "query": "sort=days&q=赵试一&s=abc"})

    assert [one.query for one in lead.saved_views.all()] == ["sort=days"]  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_form_from_elsewhere_searches_nothing(lead: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(lead)

    assert client.post("/queue/", {"q": "赵试一"}).status_code == 403


def test_what_is_typed_into_forms_that_are_read_by_get_names_nobody() -> None:
    found: dict[str, str] = {}
    for path in TEMPLATES.glob("*/templates/**/*.html"):
        for form in _FORM.findall(path.read_text(encoding="utf-8")):
            head = form[: form.index(">")]
            if 'method="post"' in head or 'id="visit' in head:
                continue
            for field in _TYPED.findall(form):
                name = re.search(r' name="([^"]+)"', field)
                key = re.search(r' id="([^"]+)"', field)
                if name is not None:
                    found[key[1] if key else name[1]] = path.name

    assert sorted(found) == sorted(OF_NOBODY)
