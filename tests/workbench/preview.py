"""Pages with sample data on loopback, without a book: ``python tests/workbench/preview.py``.

``--shots FOLDER`` takes a picture of each in both languages, themes and widths, and fails on
what a Content-Security-Policy refused or a script threw.
"""

from __future__ import annotations

import argparse
import http
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings_test")

import chromium
import django
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from playwright.sync_api import Browser, ConsoleMessage, Page, Response

WIDTHS = {"phone": (390, 844), "desk": (1440, 900)}
PATHS = {
    "sign-in": "/sign-in/",
    "account": "/account/",
    "tokens": "/account/tokens/",
    "dashboard": "/",
    "analytics": "/analytics/",
    "analytics-waiting": "/analytics/?waiting",
    "definitions": "/analytics/definitions/",
    "queue": "/queue/",
    "warning": "/warning/",
    "warning_loan": "/warning/CL2019000001/",
    "search": "/search/?q=x",
    "case": "/case/CL2018000000/",
    "contact": "/case/CL2018000000/contact/?outcome=block",
    "open-calls": "/calls/",
    "overrides": "/overrides/",
    "override": "/overrides/1/",
    "mail": "/mail/",
    "mail-message": "/mail/1/",
    "imports": "/imports/",
    "import": "/imports/7/",
    "rules": "/rules/",
    "rule": "/rules/cn/CN-02/",
    "evidence": "/evidence/",
    "strategy": "/strategy/",
    "strategy-version": "/strategy/version/1/",
    "strategy-draft": "/strategy/draft/1/",
    "simulations": "/simulations/",
    "simulation": "/simulations/3/",
    "simulation-waiting": "/simulations/4/",
    "experiments": "/experiments/",
    "experiments-none": "/experiments/?none",
    "experiment-new": "/experiments/new/",
    "experiment-planned": "/experiments/planned/",
    "experiment-running": "/experiments/running/",
    "experiment-proposed": "/experiments/proposed/",
    "ledger": "/case/CL2018000000/ledger/",
    "ledger-none": "/case/0/ledger/",
    "not-found": "/error/404/",
}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serve(port: int = 0) -> Iterator[str]:
    """The sample pages on loopback, at the address given."""
    django.setup()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    application = StaticFilesHandler(get_wsgi_application())
    with (
        override_settings(ROOT_URLCONF="workbench.preview_urls"),  # other tests need the real ones
        make_server("127.0.0.1", port, application, _Server, _Quiet) as server,
    ):
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def listen(page: Page, complaints: list[str]) -> None:
    """Gather what the policy or a script complains of, and static files that are missing.

    Answers such as 404 or 422 are the page's business and no complaint.
    """
    page.on("console", lambda said: complaints.append(said.text) if _is_bad(said) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda got: complaints.append(got.url) if _is_missing(got) else None)


def _is_bad(said: ConsoleMessage) -> bool:
    return said.type in {"error", "warning"} and "Failed to load resource" not in said.text


def _is_missing(got: Response) -> bool:
    return got.status >= http.HTTPStatus.BAD_REQUEST and "/static/" in got.url


def take(browser: Browser, base: str, folder: Path, *, only: str) -> list[str]:
    """A picture of every page; returns what went wrong."""
    wrong: list[str] = []
    for language in ("zh-hans", "en"):
        for theme in ("light", "dark"):
            for width, (across, down) in WIDTHS.items():
                phone = width == "phone"
                context = browser.new_context(
                    viewport={"width": across, "height": down},
                    color_scheme=theme,  # type: ignore[arg-type]
                    has_touch=phone,
                    is_mobile=phone,
                    device_scale_factor=2 if phone else 1,
                )
                context.add_cookies([{"name": "django_language", "value": language, "url": base}])
                for name, path in PATHS.items():
                    if only and name not in only.split(","):
                        continue
                    page = context.new_page()
                    complaints: list[str] = []
                    listen(page, complaints)
                    page.goto(base + path)
                    page.evaluate("document.fonts.ready")
                    page.wait_for_timeout(450)
                    across_now = page.evaluate("document.documentElement.scrollWidth")
                    if across_now > across:
                        complaints.append(f"{across_now} px wide")
                    label = f"{name}-{language[:2]}-{theme}-{width}"
                    page.screenshot(path=folder / f"{label}.png", full_page=True)
                    wrong += [f"{label}: {said}" for said in complaints]
                    page.close()
                context.close()
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description="Show the pages with sample data.")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--only", default="", help="names of pages, by commas")
    given = parser.parse_args()
    if not given.shots:
        with serve(given.port) as base:
            sys.stdout.write(f"{base}  (end with Ctrl+C)\n")
            threading.Event().wait()
    given.shots.mkdir(parents=True, exist_ok=True)
    with serve() as base, chromium.started() as browser:
        wrong = take(browser, base, given.shots, only=given.only)
    sys.exit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main()
