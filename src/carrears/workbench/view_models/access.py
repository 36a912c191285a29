"""Signing in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A person of the demo whom one may be with one click."""

    username: str
    password: str
    name: str
    role: str
    about: str
