"""The site's pages exist, and what links inside the documentation leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from docs.pages import ROOT

_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


def _targets(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for entry in nav.values() if isinstance(nav, dict) else nav:
            yield from _targets(entry)


def _anchors(page: Path) -> set[str]:
    """The anchors that the site gives the page's headings, as far as they are ASCII."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    plain = (re.sub(r"[^\w\s-]", "", heading, flags=re.ASCII) for heading in _HEADING.findall(text))
    return {re.sub(r"[\s-]+", "-", heading.strip().lower()) for heading in plain}


def _is_there(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if target.is_relative_to(ROOT / "docs" / "images"):
        # Made by `make screens`; a clone that has none yet shows none.
        return target.is_file() or not target.parent.is_dir()
    return target.is_file() and (not anchor or anchor in _anchors(target))


def test_every_entry_of_the_navigation_exists(docs: Path) -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    missing = [name for name in _targets(site["nav"]) if not (docs / name).is_file()]
    assert missing == []


def test_every_page_is_in_the_navigation(docs: Path) -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    pages = {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")}
    unnamed = pages - set(_targets(site["nav"])) - set(site["exclude_docs"].split())
    assert unnamed == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_internal_links_lead_somewhere(page: Path) -> None:
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    inside = [link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link)]
    assert [link for link in inside if not _is_there(page, link)] == []


def test_a_link_that_leads_nowhere_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# The lender's own\n")
    assert _is_there(page, "#the-lenders-own")
    assert not _is_there(page, "#elsewhere")
    assert not _is_there(page, "other.md")
