"""Every address there is, as the resolver and the API's schema know them: none can be forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve

from carrears.api import api

_NO_FILE = "00000000-0000-4000-8000-000000000000"


def screens(patterns: Any = None, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Each address that is no operation of the API: its name and its route."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = f"{one.namespace}:" if one.namespace else ""
            if inner != "api:":
                yield from screens(one.url_patterns, route, space + inner)
        elif isinstance(one, URLPattern):
            yield space + str(one.name), route


def operations() -> Iterator[tuple[str, str, str]]:
    """Each operation of the API: its method, its route as the resolver has it, and an address."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        address = re.sub(r"\{\w+_no\}", "OTHERS-9", path)
        address = re.sub(r"\{\w*id\}", "{pk}", address)
        address = re.sub(r"\{(token|opening)\}", _NO_FILE, address)
        address = re.sub(r"\{(?!pk)\w+\}", "x", address)
        route = resolve(address.replace("{pk}", "1")).route
        for method in methods:
            yield method.upper(), route, address
