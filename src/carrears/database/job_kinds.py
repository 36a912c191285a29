"""A job of a kind that this release does not know waits for a worker of the one that does.

Beside an upgrade workers of both releases take from the same queues, and procrastinate lets a job
fail whose kind the worker does not know.
"""

from __future__ import annotations

from typing import Any

from procrastinate import App, RetryStrategy
from procrastinate.tasks import Task

_SECONDS = 60
_ATTEMPTS = 24 * 60  # a day; then it has failed, as a kind that no release knows any more


class UnknownKindError(LookupError):
    """No job of this kind is known to this release."""


def put_off_unknown(app: App) -> None:
    """Let a worker of this app put jobs of unknown kinds off instead of failing them."""
    app.tasks = _Kinds(app, app.tasks)


class _Kinds(dict[str, Task[Any, Any, Any]]):
    def __init__(self, app: App, known: dict[str, Task[Any, Any, Any]]) -> None:
        super().__init__(known)
        self._app = app

    def get(self, key: str, default: Any = None) -> Any:
        """The job's kind, or one that is tried again later."""
        return super().get(key, default) or self._unknown(key)

    def _unknown(self, name: str) -> Task[Any, Any, Any]:
        def refuse(**_: Any) -> None:
            raise UnknownKindError(f"{name} is a job of another release")

        later = RetryStrategy(max_attempts=_ATTEMPTS, wait=_SECONDS)
        return Task(refuse, blueprint=self._app, queue="default", name=name, retry=later)
