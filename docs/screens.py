"""Take the screenshots of the documentation, from a real demo on a loopback port.

``make screens`` runs it; Chromium is needed (``make browser``).
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

_IMAGES = Path(__file__).parent / "images"
_PASSWORD = "carrears-demo"  # noqa: S105  the demo's, published in the README
_SIZES = {"desk": (1440, 900), "phone": (390, 844)}
# Page, user who may see it, and what it is called.
_PAGES = (
    ("/", "lead", "dashboard"),
    ("/queue/", "lead", "queue"),
    ("case", "lead", "case"),
    ("/mail/", "compliance", "mail"),
    ("/evidence/", "compliance", "evidence"),
    ("/imports/", "operator", "imports"),
)
_PROGRAM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
_CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def running_demo() -> Iterator[str]:
    """A demo of 5,000 loans in a home of its own; its address."""
    with tempfile.TemporaryDirectory(prefix="carrears-screens-") as home:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen(  # noqa: S603  our own command
            [sys.executable, "-m", "carrears", "demo", "--loans", "5000", "--port", str(port)],
            env=os.environ | {"CARREARS_HOME": home},
        )
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(1)
    raise SystemExit("the demo did not come up")


def sign_in(page: Page, address: str, username: str) -> None:
    """Sign in as one of the demo's users."""
    page.goto(f"{address}/sign-in/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", _PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_load_state("networkidle")


def main(folder: Path = _IMAGES) -> None:
    """Write a picture of each page, on a desk and on a phone, in both languages."""
    folder.mkdir(parents=True, exist_ok=True)
    with running_demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_PROGRAM, args=list(_CHROMIUM))
        for device, (width, height) in _SIZES.items():
            for language, tag in (("zh", "zh-CN"), ("en", "en-US")):
                for path, username, name in _PAGES:
                    context = browser.new_context(
                        viewport={"width": width, "height": height}, locale=tag
                    )
                    # The screens are Chinese until somebody switches.
                    code = "en" if language == "en" else "zh-hans"
                    context.add_cookies(
                        [{"name": "django_language", "value": code, "url": address}]
                    )
                    page = context.new_page()
                    sign_in(page, address, username)
                    page.goto(address + (_first_case(page, address) if path == "case" else path))
                    page.wait_for_load_state("networkidle")
                    page.screenshot(path=folder / f"{name}-{language}-{device}.png")
                    context.close()
        browser.close()


def _first_case(page: Page, address: str) -> str:
    page.goto(f"{address}/queue/")
    href = page.locator("a[href^='/case/']").first.get_attribute("href")
    if href is None:
        raise SystemExit("the queue shows no case")
    return href


if __name__ == "__main__":
    main()
