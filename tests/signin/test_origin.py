"""Whose address counts, and what of it is kept."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from carrears.signin.origin import client_ip, kept_origin


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # no proxy of ours: anybody's claim
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # the first was made up
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "nonsense", ""),
        ("10.0.0.1", "", "10.0.0.1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_only_trusted_proxies_are_heard(
    settings: Settings, remote: str, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)

    assert client_ip(request) == expected


def test_an_address_is_kept_as_a_hash_and_a_network() -> None:
    kept = kept_origin("203.0.113.7")

    assert kept["network"] == "203.0.113.0/24"
    assert kept == kept_origin("203.0.113.7")
    assert kept["address"] != kept_origin("203.0.113.8")["address"]
    assert kept_origin("2001:db8:1:2:3::4")["network"] == "2001:db8:1::/48"
    assert kept_origin("") == {"address": "", "network": ""}
