"""Pages as tests read them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class Document(HTMLParser):
    """Gathers what the policy forbids, what links lead to, and the visible words."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self._silent = 0
        self._foreign = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or (tag == "script" and not self._is_allowed(names)):
            self.forbidden.append(f"<{tag}>")
        self.forbidden += [
            f"{tag} {name}"
            for name, value in attrs
            if name == "style"
            or name.startswith(("on", "hx-on"))
            or (value or "").startswith(("javascript:", "js:"))
            or (name == "hx-trigger" and "[" in (value or ""))
        ]
        if names.get("id"):
            self.ids.append(str(names["id"]))
        self._silent += tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.words.append(data.strip())

    @staticmethod
    def _is_allowed(names: dict[str, str | None]) -> bool:
        return bool(names.get("src")) or names.get("type") == "application/json"


def words(answer: Any) -> str:
    """The visible words of a test client's answer, with a space between them."""
    document = Document()
    document.feed(answer.content.decode())
    return " ".join(document.words)
