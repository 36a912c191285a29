"""Graphs drawn at random that hand objects on in every way that the language has."""

from __future__ import annotations

from random import Random
from typing import Any

FACTS: dict[str, Any] = {
    "a": {"b": {"c": {"d": 1}}, "l": [{"q": {"w": 1}}], "x": {"y": {}}},
    "b": {"a": {"z": 1}, "y": {}},
    "c": {"z": {"k": 1}},
    "l": [{"b": {"c": {}}}],
    "k": "b",
}
_PATHS = ["a", "a.b", "a.b.c", "b", "b.a", "c", "a.x", "b.y", "c.z", "l", "a.l"]
_PLACES = [
    *("a", "b", "c", "a.b", "b.a", "a.b.c", "l", "l[0]", "a.l", "a['b']", "a[k]"),
    *("$root", "$nodes.n0", "$nodes.n0.a", "$nodes.in", "$", "$.a", "$.b", "$.c.z"),
]
_FIELDS = ["a", "b", "a.b", "$root", "{a: a, b: a}", "l", "[a, b]", "[a]"]
_DEEPEST = 3


class Objects:
    """Draws graphs over ``FACTS``."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def graph(self) -> dict[str, Any]:
        """An input node and up to four nodes, each with a parent or two."""
        nodes = [{"id": "in", "type": "inputNode", "name": "in", "content": {}}]
        edges = []
        for number in range(self.random.randint(1, 4)):
            name = f"n{number}"
            for parent in self.random.choices(nodes, k=self.random.choice([1, 1, 1, 2])):
                edges.append(
                    {"id": f"e{len(edges)}", "sourceId": parent["id"], "targetId": name}
                    | ({"sourceHandle": "s1"} if parent["type"] == "switchNode" else {})
                )
            kind, content = self.random.choice([self._lines, self._lines, self._table, _switch])()
            nodes.append({"id": name, "type": kind, "name": name, "content": content})
        return {"nodes": nodes, "edges": edges}

    def _lines(self) -> tuple[str, dict[str, Any]]:
        lines = [
            {"id": str(n), "key": self.random.choice(_PATHS), "value": self.value()}
            for n in range(self.random.randint(1, 3))
        ]
        return "expressionNode", {"expressions": lines} | self._transform()

    def _table(self) -> tuple[str, dict[str, Any]]:
        paths = self.random.sample(_PATHS, k=self.random.randint(0, 2))
        outputs = [{"id": f"o{n}", "name": path, "field": path} for n, path in enumerate(paths)]
        rule = {"_id": "r"} | {column["id"]: self.value() for column in outputs}
        shape = {"hitPolicy": self.random.choice(["first", "collect"]), "inputs": []}
        content = shape | {"outputs": outputs, "rules": [rule]}
        return "decisionTableNode", content | self._transform()

    def _transform(self) -> dict[str, Any]:
        drawn: dict[str, Any] = {"passThrough": self.random.random() < 0.5}
        if self.random.random() < 0.3:
            drawn["outputPath"] = self.random.choice(_PATHS)
        if self.random.random() < 0.3:
            drawn["inputField"] = self.random.choice(_FIELDS)
        if self.random.random() < 0.15:
            drawn["executionMode"] = "loop"
        return drawn

    def value(self, depth: int = 0) -> str:
        """An expression whose value is likely to be, or to hold, one of the objects."""
        place = self.random.choice(_PLACES)
        if depth == _DEEPEST or self.random.random() < 0.4:
            return place
        inner = self.value(depth + 1)
        body = self.random.choice(["#", "#.b", "{a: #}", "[#]", "a", "[#, b]"])
        forms = [
            *(f"[{inner}]", f"{{b: {inner}}}", f"(true ? {inner} : {place})", f"[{inner}][0]"),
            *(f"({place} ?? {inner})", f"map([{inner}], {body})", f"filter([{inner}], true)"),
            *(f"merge([{inner}, {place}])", f"mergeDeep([{inner}, {place}])", f"values({place})"),
            *(f"flatMap([[{inner}]], #)", f"flatten([[{inner}]])", f"[{inner}][0:0]"),
            *(f"x = {place}; x", f"x.y = {place}; x", "{a: {b: {c: 1}}}", "null", "1"),
        ]
        return self.random.choice(forms)


def _switch() -> tuple[str, dict[str, Any]]:
    return "switchNode", {"hitPolicy": "first", "statements": [{"id": "s1", "condition": ""}]}
