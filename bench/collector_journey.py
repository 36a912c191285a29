"""One collector at work: the queue, the next case, what came of a contact on it. For Locust.

The debtor calls, and his collector keeps that by a result code with a note, as the page sends it.

A case takes him ``COLLECTORS_PACE`` seconds (90, three waits of 20 to 40): a collector on the phone
gets through a case in four to eight minutes, so that two hundred of these stand for some seven
hundred of those. ``COLLECTORS`` names the file with each one's session.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import uuid
from pathlib import Path

from locust import HttpUser, between, task

_SESSIONS = itertools.cycle(json.loads(Path(os.environ["COLLECTORS"]).read_text()))
_PACE = int(os.environ.get("COLLECTORS_PACE", "90"))
_CASE = re.compile(r"/case/(.+)/$")
_PARTY = re.compile(r'<select[^>]* name="party".*?<option value="([0-9a-f-]{36})"', re.DOTALL)


class Collector(HttpUser):
    """Somebody with a session of his own and the next case always from the server."""

    wait_time = between(_PACE * 2 / 9, _PACE * 4 / 9)  # three of them to a case

    def on_start(self) -> None:
        """Sign in, as the browser of somebody does who did so this morning."""
        self.client.cookies.set("sessionid", next(_SESSIONS))
        self.loan, self.party = "", ""

    @task
    def work(self) -> None:
        """One step of a case."""
        if self.loan:
            self._tell()
        else:
            self._next()

    def _next(self) -> None:
        self.client.get("/queue/", name="queue")
        self.wait()
        with self._post("/queue/next/", "next case", allow_redirects=False) as answer:
            found = _CASE.search(answer.headers.get("location", ""))
            if answer.status_code != 302 or found is None:
                answer.failure(f"no next case: {answer.status_code}")
                return
        self.loan = found[1]
        page = self.client.get(f"/case/{self.loan}/", name="case")
        people = _PARTY.search(page.text)
        self.party = people[1] if people else ""
        with self._post(f"/case/{self.loan}/showing/", "keep the case", htmx=True) as answer:
            if "notice-warning" in answer.text:
                answer.failure("somebody else has it")

    def _tell(self) -> None:
        told = {"way": "in-call", "code": "says_paid", "note": "Says that he paid on Friday."}
        told |= {"party": self.party, "key": str(uuid.uuid4())}
        with self._post(f"/case/{self.loan}/contacts/", "outcome", htmx=True, data=told) as answer:
            if not answer.ok or told["note"] not in answer.text:
                answer.failure(f"not kept: {answer.status_code}")
        self.loan = ""

    def _post(self, path: str, name: str, *, htmx: bool = False, **given: object):  # type: ignore[no-untyped-def]  # noqa: ANN202  Locust's own
        told = {"X-CSRFToken": self.client.cookies.get("csrftoken", "")}
        if htmx:  # as the page itself sends it
            told["HX-Request"] = "true"
        return self.client.post(path, name=name, headers=told, catch_response=True, **given)
