"""The image and the chart are well-formed, and name what there is: commands, settings, paths."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main
import yaml
from django.test import Client
from django.urls import resolve
from docs.pages import code_of, table_rows
from helm_python.chart import Chart, lint
from pytest_django import Settings

from carrears.cli import app, backup, day, house, upgrade, worker

ROOT = Path(__file__).resolve().parents[2]
CONTAINERFILE = ROOT / "deploy" / "container" / "Containerfile"
CHART = ROOT / "deploy" / "helm" / "carrears"
_REGISTERED = (backup, day, house, upgrade, worker)
LEAST = {
    "image": {"repository": "registry.example/carrears"},
    "existingSecret": "carrears",
    "host": "collections.example",
}
ALL = LEAST | {
    "settings": {"CARREARS_SENDER": "c@lender.example"},
    "ingress": {"enabled": True, "tlsSecret": "tls", "className": "nginx"},
    "backup": {
        "enabled": True,
        "to": f"carrears-backup-public:{'A' * 43}=",
        "existingClaim": "backups",
    },
    "networkPolicy": {"egress": [{"ports": [{"port": 5432}]}]},
}


def _rendered(values: dict[str, Any]) -> list[dict[str, Any]]:
    files = Chart.load(str(CHART)).render(values, name="house", namespace="collections")
    parts = (one for text in files.values() for one in yaml.safe_load_all(text))
    return [one for one in parts if one]


def _pods(manifests: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The specification of every pod, by the name of what makes it."""
    found = {}
    for one in manifests:
        spec = one.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found[one["metadata"]["name"]] = spec["template"]["spec"]
    return found


def _commands(pod: dict[str, Any]) -> list[list[str]]:
    """The arguments of each carrears that a pod starts."""
    [container] = pod["containers"]
    if "command" not in container:
        return [container["args"]]
    lines = re.sub(r"\$\(date \+%F\)", "2026-11-28", container["args"][0])
    return [told.replace('"', "").split() for told in re.findall(r"carrears (.*)", lines)]


def _expect_known(arguments: list[str]) -> None:
    group: Any = typer.main.get_command(app)
    name, *rest = arguments
    group.commands[name].make_context(name, list(rest))


def _settings() -> set[str]:
    rows = table_rows((ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))
    return {name for row in rows for name in code_of(row[0])}


def test_a_linter_finds_nothing_in_the_containerfile() -> None:
    tool = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([tool, CONTAINERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_starts_what_there_is_as_nobody_in_particular() -> None:
    text = CONTAINERFILE.read_text()
    last = text[text.rindex("FROM ") :]
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == ["10001:10001"]
    [entry] = re.findall(r"^ENTRYPOINT (.*)$", last, re.MULTILINE)
    [arguments] = re.findall(r"^CMD (.*)$", last, re.MULTILINE)
    assert json.loads(entry) == ["carrears"]
    _expect_known(json.loads(arguments))
    assert set(re.findall(r"\bCARREARS_\w+", text)) <= _settings()
    for copied in re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE):
        assert (ROOT / copied).exists()
    extras = set(re.findall(r"--extra (\w+)", text))
    assert extras <= set(_pyproject()["project"]["optional-dependencies"])


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _rehearsal() -> ModuleType:
    spec = spec_from_file_location("rehearse", CONTAINERFILE.with_name("rehearse.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_the_build_reads_reaches_it_and_nothing_of_tests_or_data() -> None:
    copied = {str(path) for path in _rehearsal().copied()}
    project, wheel = _pyproject()["project"], _pyproject()["tool"]["hatch"]["build"]["targets"]
    files = [project["readme"], *project["license-files"], "pyproject.toml", "uv.lock"]
    assert {*files, "web/build.py", "web/package-lock.json"} <= copied
    for folder in (*wheel["wheel"]["packages"], *wheel["wheel"]["force-include"]):
        assert any(name.startswith(f"{folder}/") for name in copied)
    assert {name.split("/")[0] for name in copied if "/" in name} == {
        "rulepacks",
        "src",
        "strategies",
        "web",
    }
    assert not any("node_modules" in name or "static/built" in name for name in copied)


def test_what_the_last_stage_takes_was_made_by_the_first() -> None:
    build, last = _rehearsal().steps(CONTAINERFILE.read_text())
    [taken] = [rest.split() for word, rest in last if word == "COPY"]
    assert taken == ["--from=build", "/opt/carrears", "/opt/carrears"]
    runs = [rest for word, rest in build if word == "RUN"]
    assert any("UV_PROJECT_ENVIRONMENT=/opt/carrears " in run for run in runs)
    groups = {group for run in runs for group in re.findall(r"--group (\S+)", run)}
    assert groups == {"build"}
    assert groups <= set(_pyproject()["dependency-groups"])


def test_the_health_check_asks_what_is_answered_where_it_is_served() -> None:
    _, last = _rehearsal().steps(CONTAINERFILE.read_text())
    told = dict(last)
    [(port, path)] = re.findall(r"http://localhost:(\d+)(/\w+)", told["HEALTHCHECK"])
    assert resolve(path).func is not None
    assert told["EXPOSE"] == port
    assert json.loads(told["CMD"])[3:5] == ["--port", port]


@pytest.mark.parametrize("values", [LEAST, ALL], ids=["least", "all"])
def test_helm_finds_nothing_in_the_chart(values: dict[str, Any]) -> None:
    report = lint(str(CHART), values, strict=True, kube_version="v1.30.0")
    assert [one["error"] for one in report["messages"]] == ["icon is recommended"]
    assert report["errors"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": ""},
        {"existingSecret": ""},
        {"image": {"repository": "r", "digest": "sha256:short"}},
        {"settings": {"DATABASE_URL": "a secret"}},
        {"unknown": 1},
    ],
)
def test_the_schema_refuses(wrong: dict[str, Any]) -> None:
    assert lint(str(CHART), LEAST | wrong)["errors"] != []


@pytest.mark.parametrize("values", [LEAST, ALL], ids=["least", "all"])
def test_every_pod_starts_what_there_is_with_settings_that_there_are(
    values: dict[str, Any],
) -> None:
    pods = _pods(_rendered(values))
    assert {"house-carrears-web", "house-carrears-worker", "house-carrears-day"} <= set(pods)
    for pod in pods.values():
        for arguments in _commands(pod):
            _expect_known(arguments)
        [container] = pod["containers"]
        named = {one["name"] for one in container["env"]}
        assert {name for name in named if name.startswith("CARREARS_")} <= _settings()
        assert container["envFrom"] == [{"secretRef": {"name": "carrears"}}]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        mounted = {one["name"] for one in container["volumeMounts"]}
        assert mounted == {one["name"] for one in pod["volumes"]}


def test_the_halves_of_an_upgrade_stand_around_the_new_pods() -> None:
    manifests = _rendered(ALL)
    hooks = {
        one["metadata"]["name"]: one["metadata"]["annotations"]["helm.sh/hook"]
        for one in manifests
        if one["kind"] == "Job"
    }
    assert hooks == {
        "house-carrears-upgrade-before": "pre-install,pre-upgrade",
        "house-carrears-upgrade-after": "post-install,post-upgrade",
    }
    pods = _pods(manifests)
    assert _commands(pods["house-carrears-upgrade-before"])[0][:2] == ["upgrade", "--before"]
    assert _commands(pods["house-carrears-upgrade-after"])[0][:2] == ["upgrade", "--after"]
    for pod in pods.values():
        [container] = pod["containers"]
        assert {"name": "CARREARS_MIGRATE_AT_START", "value": "0"} in container["env"]


def test_selectors_find_the_pods_they_are_for() -> None:
    manifests = _rendered(ALL)
    by_kind = {(one["kind"], one["metadata"]["name"]): one for one in manifests}
    web = by_kind["Deployment", "house-carrears-web"]["spec"]["template"]["metadata"]["labels"]
    service = by_kind["Service", "house-carrears-web"]["spec"]["selector"]
    budget = by_kind["PodDisruptionBudget", "house-carrears-web"]["spec"]["selector"]
    walls = by_kind["NetworkPolicy", "house-carrears"]["spec"]["podSelector"]
    for selector in (service, budget["matchLabels"], walls["matchLabels"]):
        assert selector.items() <= web.items()
    worker_labels = by_kind["Deployment", "house-carrears-worker"]["spec"]["template"]["metadata"]
    assert not service.items() <= worker_labels["labels"].items()


@pytest.mark.django_db
def test_probes_are_answered_by_plain_http_behind_a_proxy(
    client: Client, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["collections.example", "127.0.0.1"]
    [container] = _pods(_rendered(LEAST))["house-carrears-web"]["containers"]
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        probe = container[name]["httpGet"]
        [host] = [one["value"] for one in probe["httpHeaders"] if one["name"] == "Host"]
        assert client.get(probe["path"], headers={"Host": host}).status_code == 200
    assert client.get("/sign-in/", headers={"Host": host}).status_code == 301
    assert "8000" in container["args"]
    assert container["ports"] == [{"name": "http", "containerPort": 8000}]


def test_no_secret_is_in_what_is_shipped() -> None:
    for path in (ROOT / "deploy").rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert not re.search(
                r"(?i)(password|secret_key|master_key)\s*[:=]\s*\S+", path.read_text()
            )
