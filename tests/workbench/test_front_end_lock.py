"""The locked packages install anywhere, from whatever registry a house uses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"


@pytest.fixture(scope="module")
def packages() -> dict[str, dict[str, Any]]:
    locked: dict[str, dict[str, Any]] = json.loads((WEB / "package-lock.json").read_text())
    return locked["packages"]


def test_every_package_is_pinned_by_its_hash_and_names_no_host(
    packages: dict[str, dict[str, Any]],
) -> None:
    for name, package in packages.items():
        if name and not package.get("inBundle"):
            assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


def test_binaries_of_every_platform_are_locked(packages: dict[str, dict[str, Any]]) -> None:
    """An optional package that the registry lacked is left out, and `npm ci` then refuses."""
    for name, package in packages.items():
        for wanted in package.get("optionalDependencies", {}):
            assert f"node_modules/{wanted}" in packages, f"{name} wants {wanted}"


def test_our_own_dependencies_are_exact_versions() -> None:
    manifest = json.loads((WEB / "package.json").read_text())
    versions = {**manifest["dependencies"], **manifest["devDependencies"]}

    assert all(version[0].isdigit() for version in versions.values())
