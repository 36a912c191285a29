"""Rule packs: a jurisdiction's rules as dated, cited data, checked when they are loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from carrears.conduct.rules import LOGIC
from carrears.conduct.rules.base import Law, Unit
from carrears.conduct.vocabulary import KNOWN_NAMES, Code, Strength, TextStatus
from carrears.conduct.windows import Window
from carrears.resources import shipped
from carrears.yamls import PlainLoader

Phase = Literal["bar", "person", "content", "time", "count", "house"]
PHASES: tuple[Phase, ...] = ("bar", "person", "content", "time", "count", "house")
_RULE_ID = r"^(CN|US|UK|IN|HOUSE)-\d{2}b?$"
_States = frozenset({"unreachable", "dead", "incapable"})
_M = TypeVar("_M", bound=BaseModel)


class PackError(ValueError):
    """A rule pack that cannot be used; names the file and what is wrong in it."""


class LawUnknownError(LookupError):
    """A date for which the pack does not know the law; the nearest value is never taken."""


def _check_fields(text: str) -> str:
    for _, name, spec, conversion in Formatter().parse(text):
        if name is not None and (not name.isidentifier() or spec or conversion):
            raise ValueError(f"only plain {{name}} fields are allowed, not {{{name}}}")
    return text


Text = Annotated[str, Field(min_length=2), AfterValidator(_check_fields)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Data):
    """The same said in both languages."""

    zh: Text
    en: Text


class Citation(_Data):
    """Where a value or a rule stands written; ``note`` says what is a reading of ours."""

    source: str
    clause: str = Field(min_length=1)
    note: str | None = None


class Source(_Data):
    """A law, standard or guideline."""

    title: str = Field(min_length=4)
    issuer: str = Field(min_length=2)
    in_force: date
    url: str | None = Field(None, pattern=r"^https://")
    note: str | None = None


class DatedValue(_Data):
    """One value, from its date on, with the place where it is written."""

    value: Any
    citation: Citation
    text_status: TextStatus
    still_valid_on: date | None = None


class Parameter(_Data):
    """A number, window or list of words that the law sets, by the date it takes effect."""

    description: Words
    unit: Unit
    values: dict[date, DatedValue] = Field(min_length=1)

    def at(self, on: date) -> DatedValue:
        """The value in force on ``on``.

        Raises:
            LawUnknownError: no value is known for that day.
        """
        begun = [start for start in self.values if start <= on]
        if not begun:
            raise LawUnknownError(f"{self.description.en}: no value is known for {on}")
        return self.values[max(begun)]


class InForce(_Data):
    """The days on which a rule is law; ``until`` is the last one."""

    start: date = Field(alias="from")
    until: date | None = None


class Rule(_Data):
    """One rule: its force, its citation, its logic by name, its words.

    A ``draft`` is asked only where the facts name it in ``assume_in_force``; a rule that
    ``binds`` debt collectors, of nobody known not to be one; a rule of some ``states``, only
    in them. A "not applicable" of a rule that ``yields_to_state`` is silent where a rule of
    the state answers.
    """

    id: str = Field(pattern=_RULE_ID)
    title: Words
    strength: Strength
    text_status: TextStatus
    phase: Phase
    logic: str
    reaches: tuple[Code, ...] = ()
    binds: Literal["everyone", "debt_collectors"] = "everyone"
    states: tuple[str, ...] = ()
    yields_to_state: bool = False
    in_force: InForce
    draft: bool = False
    citations: tuple[Citation, ...] = Field(min_length=1)
    parameters: dict[str, str] = Field(default_factory=dict)
    explanation: Words
    reasons: dict[str, Words] = Field(min_length=1)


class _Head(_Data):
    name: str = Field(pattern=r"^[a-z]{2}$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    title: Words
    covers_from: date
    zones_when_unknown: tuple[str, ...] = Field(min_length=1)
    near_miss_minutes: int | None = Field(None, ge=0, strict=True)
    not_reached: Words
    sources: dict[str, Source]
    not_judged: dict[str, Words] = Field(default_factory=dict)
    judged_within: dict[str, tuple[str, ...]] = Field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Pack:
    """A loaded pack. ``version`` is its number and a hash of all that decides.

    ``near_miss_minutes`` before its hours end a contact is called a near miss; a pack without
    says nothing of near misses.
    """

    name: str
    version: str
    title: Words
    covers_from: date
    zones_when_unknown: tuple[str, ...]
    near_miss_minutes: int | None
    not_reached: Words
    sources: Mapping[str, Source]
    not_judged: Mapping[str, Words]
    judged_within: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    parameters: Mapping[str, Parameter]
    folder: Path

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """The rules by their ids."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def citations(self) -> Mapping[str, str]:
        """Each rule's citation for people, by rule id."""
        return {rule.id: "；".join(map(self.cite, rule.citations)) for rule in self.rules}

    def laws_on(self, on: date) -> tuple[tuple[Rule, Law], ...]:
        """The rules in force on ``on`` with their parameters, absolute bars first.

        Raises:
            LawUnknownError: the pack does not cover that day.
        """
        if on < self.covers_from:
            raise LawUnknownError(
                f"pack {self.name} knows the law from {self.covers_from}, not {on}"
            )
        return _laws_on(self, on)

    def cite(self, citation: Citation) -> str:
        """A citation for people."""
        return f"{self.sources[citation.source].title} {citation.clause}"


@cache
def _laws_on(pack: Pack, on: date) -> tuple[tuple[Rule, Law], ...]:
    found = []
    for rule in pack.rules:
        last = rule.in_force.until
        if rule.in_force.start <= on and (last is None or on <= last):
            values = {
                name: _value(pack.parameters[path], on) for name, path in rule.parameters.items()
            }
            found.append((rule, Law(on, values)))
    return tuple(found)


def _value(parameter: Parameter, on: date) -> Any:
    return _typed(parameter.unit, parameter.at(on).value)


def _typed(unit: Unit, value: Any) -> Any:
    """The value as its unit wants it; a ValueError says what is wrong."""
    if unit == "window":
        return Window.model_validate(value)
    if unit == "names":
        if not isinstance(value, list) or len(set(value)) != len(value):
            raise ValueError(f"a list of different names is expected, not {value!r}")
        unknown = [name for name in value if not _is_known(name)]
        if unknown:
            raise ValueError(f"words outside the vocabulary: {unknown}")
        return frozenset(value)
    if type(value) is not int or value < 0:
        raise ValueError(f"a whole number of {unit} is expected, not {value!r}")
    return value


def _is_known(name: Any) -> bool:
    role, _, state = str(name).partition(":")
    return role in KNOWN_NAMES and (not state or state in _States)


@cache
def load_pack(name: str, root: Path | None = None) -> Pack:
    """Load and check ``root/name``, by default the shipped pack.

    Raises:
        PackError: a file is missing, unreadable, says something unknown, or leaves out a
            citation, an explanation or its cases.
    """
    folder = (root or shipped("rulepacks")) / name
    head = _read(folder / "pack.yaml", _Head)
    if head.name != name:
        raise PackError(f"{folder / 'pack.yaml'}: the pack calls itself {head.name!r}")
    parameters = _read_parameters(folder / "parameters")
    rules = _read_rules(folder / "rules")
    for rule in rules:
        _check_rule(rule, head, parameters, folder)
        for citation in rule.citations:
            _check_source(citation, head, folder / "rules" / f"{rule.id}.yaml")
    _check_sources(head, parameters, folder)
    _check_within(head, rules, folder)
    _check_all_used(rules, parameters, folder)
    return Pack(
        name=name,
        version=f"{head.version}+{_digest(folder)}",
        title=head.title,
        covers_from=head.covers_from,
        zones_when_unknown=head.zones_when_unknown,
        near_miss_minutes=head.near_miss_minutes,
        not_reached=head.not_reached,
        sources=head.sources,
        not_judged=head.not_judged,
        judged_within=head.judged_within,
        rules=tuple(sorted(rules, key=lambda rule: (PHASES.index(rule.phase), rule.id))),
        parameters=parameters,
        folder=folder,
    )


def _read_rules(folder: Path) -> tuple[Rule, ...]:
    paths = sorted(folder.glob("*.yaml"))
    rules = tuple(_read(path, Rule) for path in paths)
    for path, rule in zip(paths, rules, strict=True):
        if path.stem != rule.id:
            raise PackError(f"{path}: the file holds rule {rule.id}")
    if not rules:
        raise PackError(f"{folder}: no rules")
    return rules


def _read_parameters(folder: Path) -> dict[str, Parameter]:
    found = {}
    for path in sorted(folder.rglob("*.yaml")):
        parameter = _read(path, Parameter)
        for start, dated in parameter.values.items():
            try:
                _typed(parameter.unit, dated.value)
            except ValueError as error:
                raise PackError(f"{path}: {start}: {error}") from error
        found[path.relative_to(folder).with_suffix("").as_posix()] = parameter
    return found


def _check_rule(rule: Rule, head: _Head, parameters: Mapping[str, Parameter], folder: Path) -> None:
    place = folder / "rules" / f"{rule.id}.yaml"
    if rule.logic not in LOGIC:
        raise PackError(f"{place}: unknown logic {rule.logic!r}")
    wanted = LOGIC[rule.logic]
    if set(rule.parameters) != set(wanted.parameters):
        raise PackError(f"{place}: {rule.logic} needs the parameters {sorted(wanted.parameters)}")
    if set(rule.reasons) != wanted.reasons:
        raise PackError(f"{place}: {rule.logic} gives the reasons {sorted(wanted.reasons)}")
    for name, path in rule.parameters.items():
        if path not in parameters:
            raise PackError(f"{place}: no parameter {path!r}")
        if parameters[path].unit != wanted.parameters[name]:
            raise PackError(f"{place}: {path} is no {wanted.parameters[name]}")
        if min(parameters[path].values) > max(rule.in_force.start, head.covers_from):
            raise PackError(f"{place}: {path} has no value when the rule takes effect")
    if not (folder / "cases" / f"{rule.id}.yaml").is_file():
        raise PackError(f"{place}: the rule has no cases in cases/{rule.id}.yaml")


def _check_sources(head: _Head, parameters: Mapping[str, Parameter], folder: Path) -> None:
    for path, parameter in parameters.items():
        for dated in parameter.values.values():
            _check_source(dated.citation, head, folder / "parameters" / f"{path}.yaml")


def _check_source(citation: Citation, head: _Head, place: Path) -> None:
    if citation.source not in head.sources:
        raise PackError(f"{place}: unknown source {citation.source!r}")


def _check_within(head: _Head, rules: tuple[Rule, ...], folder: Path) -> None:
    """Provisions of the table that another rule judges name that rule."""
    known = {rule.id for rule in rules}
    for provision, rule_ids in head.judged_within.items():
        if provision in known or not known.issuperset(rule_ids):
            raise PackError(f"{folder / 'pack.yaml'}: {provision} cannot be judged in {rule_ids}")


def _check_all_used(
    rules: tuple[Rule, ...], parameters: Mapping[str, Parameter], folder: Path
) -> None:
    used = {path for rule in rules for path in rule.parameters.values()}
    if unused := sorted(set(parameters) - used):
        raise PackError(f"{folder}: no rule uses the parameters {unused}")


def _digest(folder: Path) -> str:
    """A hash of the files that decide; cases only prove."""
    digest = hashlib.sha256()
    files = [
        folder / "pack.yaml",
        *folder.glob("wording.yaml"),
        *folder.glob("rules/*.yaml"),
        *folder.glob("parameters/**/*.yaml"),
    ]
    named = [(path.relative_to(folder).as_posix(), path) for path in sorted(files)]
    shared = [shared_folder(folder) / "wording.yaml", shipped("rulepacks") / "spelling.yaml"]
    for name, path in [*named, *((f"../{path.name}", path) for path in shared)]:
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def shared_folder(folder: Path) -> Path:
    """Where the words lie that a pack in ``folder`` shares with others: beside it, or shipped."""
    beside = folder.parent
    return beside if (beside / "wording.yaml").is_file() else shipped("rulepacks")


def _read(path: Path, model: type[_M]) -> _M:
    try:
        return model.model_validate(read_yaml(path))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise PackError(f"{path}: {error}") from error


def read_yaml(path: Path) -> Any:
    """The plain data in ``path``; a key that stands twice is an error."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506  safe


class _StrictLoader(PlainLoader):  # type: ignore[misc, valid-type]
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  PyYAML's signature
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {str(key) for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"keys that stand twice: {sorted(twice)}", node.start_mark
            )
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping
