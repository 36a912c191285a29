"""The queue page with row-level security and without, for each role of the web.

Who sees everything asks as one, a collector and a lead of a branch as who see a part of the house,
an agency's people as theirs.

    python -m bench.rls [--home FOLDER] [--loans 20000] [--pages 200] [--who collector ...]

Without a home the demo is run in a folder of its own first. Both ways ask turn by turn, each by a
client whose middleware was put together once, so that what else the machine does meets both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from bench.own_home import make_scratch

_WALL = "carrears.access.middleware.BehindTheWall"
_SOUGHT = "王"
_WHO = ("compliance", "lead", "collector", "agency")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--loans", type=int, default=20_000)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--who", nargs="+", choices=_WHO, default=_WHO)
    options = parser.parse_args()
    folder = make_scratch()
    home = options.home or Path(folder, "home")
    os.environ["CARREARS_HOME"] = str(home)
    if options.home is None:
        command = [sys.executable, "-m", "carrears", "demo", "--no-serve"]
        subprocess.run([*command, "--loans", str(options.loans)], check=True)
    measure(options.pages, options.who)


def measure(pages: int, who: Sequence[str]) -> None:
    """Print the medians of each page for each reader, and how they stand to each other."""
    from carrears.cli import start_django  # noqa: PLC0415  the home is known by now

    start_django()
    from django.core.management import call_command  # noqa: PLC0415  Django has to be up

    from carrears.access.models import User  # noqa: PLC0415  see above
    from carrears.casework.models import Case  # noqa: PLC0415  see above
    from carrears.casework.seeing import visible_cases  # noqa: PLC0415  see above
    from carrears.signin.sealing import seal_words  # noqa: PLC0415  see above

    call_command("collectstatic", verbosity=0, interactive=False)  # as ``serve`` does
    open_cases = Case.objects.filter(state="open").count()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {open_cases:,} open cases")
    for name in who:
        user = User.objects.get(username=name)
        seen = visible_cases(user).filter(state="open").count()
        sought = seal_words(_SOUGHT, whose=user.pk)
        for page in ("/queue/", f"/search/?s={sought}"):
            behind, before = race(user, page, pages)
            ratio = behind / before
            print(
                f"{name} ({role_of(name)}), {seen:,} cases, {page[:10]}:"
                f" {behind:.1f} ms behind the wall,"
                f" {before:.1f} ms without: {ratio:.2f} times"
            )


def role_of(name: str) -> str:
    """As which role of the database a request of this user asks."""
    from django.db import connection  # noqa: PLC0415  see above
    from django.http import HttpResponse  # noqa: PLC0415  see above
    from django.test import RequestFactory  # noqa: PLC0415  see above

    from carrears.access.middleware import BehindTheWall  # noqa: PLC0415  see above
    from carrears.access.models import User  # noqa: PLC0415  see above

    def view(_: object) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("select current_user")
            return HttpResponse(cursor.fetchone()[0])

    request = RequestFactory().get("/")
    request.user = User.objects.get(username=name)
    return str(BehindTheWall(view)(request).content.decode())


def race(user: object, page: str, pages: int) -> tuple[float, float]:
    """The medians in ms of a page behind the wall and without it, asked turn by turn."""
    from django.conf import settings  # noqa: PLC0415  see above
    from django.test import Client, override_settings  # noqa: PLC0415  see above

    clients = {}
    without = [one for one in settings.MIDDLEWARE if one != _WALL]
    for behind, middleware in ((True, settings.MIDDLEWARE), (False, without)):
        with override_settings(MIDDLEWARE=middleware, ALLOWED_HOSTS=["testserver"]):
            clients[behind] = Client()
            clients[behind].force_login(user)
            for _ in range(5):
                if clients[behind].get(page).status_code != HTTPStatus.OK:
                    raise SystemExit(f"{page} does not answer")
    took: dict[bool, list[float]] = {True: [], False: []}
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        for turn in range(pages):
            for behind in (True, False) if turn % 2 else (False, True):
                begin = time.perf_counter()
                clients[behind].get(page)
                took[behind].append(1e3 * (time.perf_counter() - begin))
    return statistics.median(took[True]), statistics.median(took[False])


if __name__ == "__main__":
    main()
