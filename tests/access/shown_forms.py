"""The forms that a page shows, filled in as somebody would who means it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import lxml.html

# A day after that of the book, as far as any form takes; a moment that is over.
_BY_TYPE = {
    "date": "2026-07-03", "datetime-local": "2026-06-29T10:00", "time": "10:00", "number": "100",
    "email": "a@example.com", "search": "PLACED-1", "tel": "13900000009", "url": "https://example.com",
}  # fmt: skip
_OF_ALL_PAGES = {"/search/", "/i18n/setlang/", "/sign-out/"}


@dataclass(frozen=True, eq=False)
class ShownForm:
    """Where it is sent, and what it says: by names of fields; those of files."""

    page: str
    action: str
    told: dict[str, str]
    files: tuple[str, ...] = ()

    def body(self, **changes: str) -> tuple[str, bytes]:
        """Its content type and what is sent, with some fields saying something else."""
        told = self.told | changes
        if not self.files:
            data = urlencode(told, errors="surrogatepass").encode()
            return "application/x-www-form-urlencoded", data
        lines = [
            b'--xYz\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
            % (name.encode(), value.encode(errors="surrogatepass"))
            for name, value in told.items()
        ]
        lines += [
            b'--xYz\r\nContent-Disposition: form-data; name="%b"; filename="a.pdf"\r\n'
            b"Content-Type: application/pdf\r\n\r\n%%PDF-1.7\n%%%%EOF\n\r\n" % name.encode()
            for name in self.files
        ]
        return "multipart/form-data; boundary=xYz", b"".join(lines) + b"--xYz--\r\n"


def forms_on(page: str, answer: Any, *, known: dict[tuple[str, str], str]) -> Iterator[ShownForm]:
    """The forms of a page that are posted, but for those of all pages.

    Args:
        page: its address.
        answer: the test client's.
        known: what is said at these addresses in fields of these names.
    """
    for form in lxml.html.fromstring(answer.content).iter("form"):
        action = form.get("action") or form.get("hx-post") or page
        is_posted = (form.get("method") or "").lower() == "post" or form.get("hx-post")
        if not is_posted or (action in _OF_ALL_PAGES and page != action):
            continue
        every = form.iter("input", "select", "textarea")
        fields = [(name, one) for one in every if (name := one.get("name"))]
        files = tuple(name for name, one in fields if one.get("type") == "file")
        told: dict[str, str] = {}
        for name, one in fields:
            for value in _said(one):
                told.setdefault(name, known.get((action, name), value))
        yield ShownForm(page, action, told, files)


def _said(field: Any) -> Iterator[str]:
    """What is said in a field; nothing where one need not say anything."""
    kind = field.get("type") or "text"
    if field.get("name") == "csrfmiddlewaretoken" or kind in {"file", "submit", "button"}:
        return
    if field.tag == "select":
        options = [one for one in field.iter("option") if one.get("value")]
        chosen = [one for one in options if one.get("selected") is not None]
        yield from [one.get("value") for one in chosen or options][:1]
    elif kind == "hidden":
        yield field.get("value") or ""
    elif kind == "radio":
        if field.get("value"):
            yield field.get("value")
    elif kind == "checkbox":
        if field.get("required") is not None or field.get("checked") is not None:
            yield field.get("value") or "on"
    else:
        there = field.get("value") or (field.text or "").strip()
        yield there or _BY_TYPE.get(kind) or "x"
