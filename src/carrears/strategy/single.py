"""One loan's decision by the engine itself, with its trace: the "why" of a case."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import zen

from carrears.strategy.admission import admit
from carrears.strategy.constants import engine_message
from carrears.strategy.errors import EvaluationError, FactsError
from carrears.strategy.jdm import Document, TableNode, parse_document, rule_id
from carrears.strategy.reasons import say

_KEY = "strategy"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the engine decided.

    ``result`` is the graph's whole answer; ``outputs`` are the fields that its tables write,
    by dotted path, None where a field was not written. ``rule_ids`` are the rules that fired,
    in the order of the graph; ``trace`` is the engine's own, by node id.
    """

    outputs: dict[str, Any]
    rule_ids: tuple[str, ...]
    trace: dict[str, Any]
    result: Any

    @property
    def rule_id(self) -> str:
        """The fired rules in one word, as the batch writes them."""
        return "/".join(self.rule_ids)


def decide_one(document: Document, facts: Mapping[str, Any]) -> Decision:
    """Decide one loan. ``facts`` are by name; dotted names make nested objects.

    Raises:
        RefusedError: the engine must not be asked this; names the node.
        EvaluationError: the engine raised.
        FactsError: a fact is no number, text, boolean, date, list or mapping of them.
    """
    answer = evaluate(document, nest_paths(facts))
    result = answer["result"]
    flat = flatten_paths(result) if isinstance(result, dict) else {}
    outputs = {path: _exact(flat.get(path)) for path in written_paths(document)}
    return Decision(outputs, fired_rules(document, answer["trace"]), answer["trace"], result)


def evaluate(document: Document, context: Mapping[str, Any]) -> dict[str, Any]:
    """The engine's answer with its trace.

    Raises:
        RefusedError: the engine must not be asked this; names the node.
        EvaluationError: the engine raised.
    """
    try:
        answer: dict[str, Any] = _engine(document.text).evaluate(
            _KEY, to_json(context), {"trace": True}
        )
    except RuntimeError as error:
        raise EvaluationError(engine_message(error)) from error
    return answer


def evaluate_exact(document: Document, context: Mapping[str, Any]) -> Any:
    """The engine's whole answer with every digit of its numbers.

    Numbers that have decimal places leave the engine as floats, rounded; a graph around the
    document writes them as texts as well.

    Raises:
        RefusedError: the engine must not be asked this; names the node.
        EvaluationError: the engine raised.
    """
    result = evaluate(document, context)["result"]
    places = list(_fractions(result, "answer"))
    if not places:
        return _whole(result)
    texts = [
        {"id": f"t{n}", "key": f"t{n}", "value": f"string({place})"}
        for n, place in enumerate(places)
    ]
    around = json.dumps(_AROUND | {"nodes": [*_AROUND["nodes"], _texts_node(texts)]})
    content = {"outer": json.loads(around), _KEY: document.source}
    engine = zen.ZenEngine({"loader": {"type": "static", "content": content}})
    answer = engine.evaluate("outer", to_json(context))["result"]
    exact = {place: Decimal(answer[f"t{n}"]) for n, place in enumerate(places)}
    return _whole(result, "answer", exact)


_AROUND: dict[str, Any] = {
    "nodes": [
        {"id": "in", "type": "inputNode", "name": "in", "content": {}},
        {
            "id": "d",
            "type": "decisionNode",
            "name": "d",
            "content": {"key": _KEY, "outputPath": "answer"},
        },
    ],
    "edges": [
        {"id": "e1", "sourceId": "in", "targetId": "d"},
        {"id": "e2", "sourceId": "d", "targetId": "t"},
    ],
}


def _texts_node(texts: list[dict[str, str]]) -> dict[str, Any]:
    return {"id": "t", "type": "expressionNode", "name": "t", "content": {"expressions": texts}}


def _fractions(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _fractions(inner, f"{place}[{json.dumps(name, ensure_ascii=False)}]")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _fractions(inner, f"{place}[{number}]")
    elif isinstance(value, float):
        yield place


def _whole(value: Any, place: str = "", exact: Mapping[str, Decimal] | None = None) -> Any:
    """The answer with decimals for numbers."""
    if isinstance(value, dict):
        return {
            name: _whole(inner, f"{place}[{json.dumps(name, ensure_ascii=False)}]", exact)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_whole(inner, f"{place}[{n}]", exact) for n, inner in enumerate(value)]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return exact[place] if exact and place in exact else Decimal(value)


@lru_cache(maxsize=32)
def _engine(text: str) -> Any:
    """An engine with a static loader, its fastest form; made once a document.

    This is the only door to the engine for a whole graph.

    Raises:
        RefusedError: the engine must not be asked this.
    """
    content = {_KEY: json.loads(text)}
    admit(parse_document(content[_KEY]))
    return zen.ZenEngine({"loader": {"type": "static", "content": content}})


def written_paths(document: Document) -> list[str]:
    """The fields that the graph's tables write, by dotted path, each once."""
    paths: dict[str, None] = {}
    for node in document.nodes:
        if not isinstance(node, TableNode):
            continue
        outer = node.content.output_path
        if node.content.hit_policy == "collect":
            paths |= {outer: None} if outer else {}
        else:
            prefix = f"{outer}." if outer else ""
            paths |= {f"{prefix}{column.field}": None for column in node.content.outputs}
    return list(paths)


def fired_rules(document: Document, trace: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of the rules that fired, in the order in which the nodes were visited."""
    fired: list[str] = []
    for node_id, entry in sorted(trace.items(), key=lambda item: item[1]["order"]):
        node, data = document.node(node_id), entry.get("traceData")
        if isinstance(node, TableNode) and data:
            hits = data if isinstance(data, list) else [data]
            fired += [rule_id(node, hit["index"]) for hit in hits]
    return tuple(fired)


def _exact(value: Any) -> Any:
    """Floats of the engine back to the decimals they were."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list):
        return [_exact(item) for item in value]
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    return value


def nest_paths(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names as nested objects."""
    nested: dict[str, Any] = {}
    for path, value in facts.items():
        *outer, last = path.split(".")
        inner = nested
        for name in outer:
            inner = inner.setdefault(name, {})
        inner[last] = value
    return nested


def flatten_paths(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects as dotted names; lists stay as they are."""
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        if isinstance(inner, dict) and inner:
            flat |= flatten_paths(inner, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = inner
    return flat


def to_json(value: Any) -> str:
    """JSON text that keeps every digit of a decimal, which the engine's Python door does not.

    Raises:
        FactsError: a float, or a value that JSON cannot hold exactly.
    """
    if type(value) is not dict:
        return _WRITERS.get(type(value), _to_json_otherwise)(value)
    writer = _WRITERS.get
    pairs = [f"{_key(k)}:{writer(type(v), to_json)(v)}" for k, v in value.items()]
    return "{" + ",".join(pairs) + "}"


# One encoder for all: ``json.dumps`` makes a new one for each word.
_quoted = json.JSONEncoder(ensure_ascii=False).encode
# The kinds that nearly all facts are of, each at one look-up.
_WRITERS: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    int: str,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): lambda _: "null",
    date: lambda day: f'"{day.isoformat()}"',
}


@lru_cache(maxsize=4096)
def _key(name: object) -> str:
    """The same names come with every loan."""
    return _quoted(str(name))


def _to_json_otherwise(value: Any) -> str:
    if value is None or isinstance(value, bool | int | str):
        return _quoted(value)
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    if isinstance(value, date) and not isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    if isinstance(value, Mapping):
        return to_json(dict(value))
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(to_json, value)) + "]"
    raise FactsError(
        say("{value!r} is no exact fact; use int, Decimal, str, bool, date or None", value=value)
    )
