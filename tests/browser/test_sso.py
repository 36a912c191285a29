"""In through the company's provider and out again, in a browser that minds where forms lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser.conftest import served
from homes import Home
from playwright.sync_api import Page, expect
from signin.company import Company, company_in


@dataclass(frozen=True)
class CompanyHome(Home):
    """A home whose lender has a provider of its own."""

    issuer: str
    secret_file: Path

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {
            "CARREARS_SSO_ISSUER": self.issuer,
            "CARREARS_SSO_CLIENT_ID": "carrears",
            "CARREARS_SSO_SECRET_FILE": str(self.secret_file),
            "CARREARS_SSO_NAME": "公司账号",
            "CARREARS_OUTGOING_NETWORKS": "127.0.0.0/8,::1/128",
        }


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    # By another name than the screens: to the browser another site, as in a company.
    with company_in(tmp_path_factory.mktemp("company"), host="localhost") as running:
        yield running


@pytest.fixture(scope="module")
def at_home(
    company: Company, peopled_home: Home, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("sso")
    copied = peopled_home.copy_to(folder / "home")
    home = CompanyHome(copied.folder, company.url, company.folder / "secret")
    home.run("access", "bind", "collector", "subject-of-lin")
    with served(home, folder, worker=False) as address:
        company.be(back=f"{address}/sign-in/company/sso/back/")
        yield address


def test_in_through_the_company_and_out_again(page: Page, at_home: str, company: Company) -> None:
    page.goto(f"{at_home}/queue/")
    page.get_by_role("button", name="公司账号").click()
    page.wait_for_url(f"{at_home}/queue/")

    page.locator("details[data-menu] > summary").last.click()
    with page.expect_request(re.compile(re.escape(company.url))) as led:
        page.get_by_role("button", name="退出").click()
    page.wait_for_url(f"{at_home}/sign-in/")

    assert "id_token_hint=" in led.value.url
    page.goto(f"{at_home}/queue/")
    expect(page).to_have_url(re.compile("/sign-in/"))
