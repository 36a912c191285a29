"""Whole decision graphs drawn at random: tables, expressions, switches, branches and merges."""

from __future__ import annotations

from typing import Any

from strategy.drawing import FACTS, Chooser, Expressions

_KEYS = ["a", "b", "o.p", "o.q", "n", "loan.rate", "note"]
_KINDS = {
    "n": "number",
    "m": "number",
    "x": "number",
    "y": "number",
    "loan.rate": "number",
    "s": "text",
    "loan.region": "text",
    "b": "test",
    "loan.open": "test",
    "day": "text",
}


class Graphs:
    """Draws graphs over the facts of ``drawing``."""

    def __init__(self, chooser: Chooser, *, nodes: int = 6) -> None:
        self.pick = chooser
        self.nodes = nodes
        self.make = Expressions(chooser, errors=60)

    def graph(self) -> dict[str, Any]:
        """A document: an input node, a few nodes, each with one to three parents."""
        nodes: list[dict[str, Any]] = [
            {"id": "in", "type": "inputNode", "name": "in", "content": {}}
        ]
        edges: list[dict[str, Any]] = []
        for number in range(self.pick.integer(1, self.nodes)):
            node = self._node(f"n{number}")
            for _ in range(self.pick.choose([1, 1, 1, 2, 2, 3])):
                parent = self.pick.choose(nodes)
                if parent["type"] == "outputNode":
                    continue
                edge = {"id": f"e{len(edges)}", "sourceId": parent["id"], "targetId": node["id"]}
                if parent["type"] == "switchNode":
                    statements = parent["content"]["statements"]
                    edge["sourceHandle"] = self.pick.choose(statements)["id"]
                edges.append(edge)
            nodes.append(node)
        return {"nodes": nodes, "edges": edges}

    def _node(self, name: str) -> dict[str, Any]:
        makers = [self._table, self._table, self._expressions, self._switch, self._output]
        weights = [0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4]
        kind, content = makers[self.pick.choose(weights)](name)
        return {"id": name, "type": kind, "name": name, "content": content}

    def _output(self, _name: str) -> tuple[str, dict[str, Any]]:
        return "outputNode", {}

    def _switch(self, name: str) -> tuple[str, dict[str, Any]]:
        statements = [
            {"id": f"{name}s{number}", "condition": self._condition()}
            for number in range(self.pick.integer(1, 3))
        ]
        return "switchNode", {
            "hitPolicy": self.pick.choose(["first", "first", "collect"]),
            "statements": statements,
        }

    def _condition(self) -> str:
        if self.pick.integer(1, 5) == 1:
            return ""
        if self.pick.integer(1, 4) == 1:
            key = self.pick.choose(["a", "b", "o.p", "n", "$nodes.n0.a", "$nodes.in.n"])
            return self.pick.choose([f"{key} == null", f"{key} > 1", f"{key} != 1"])
        return self.make.expression("test", 2)

    def _transform(self) -> dict[str, Any]:
        shape: dict[str, Any] = {"passThrough": self.pick.choose([True, True, False])}
        if self.pick.integer(1, 6) == 1:
            shape["outputPath"] = self.pick.choose(["r", "o", "loan"])
        if self.pick.integer(1, 10) == 1:
            shape["inputField"] = self.pick.choose(["loan", "o", "$root"])
        return shape

    def _expressions(self, name: str) -> tuple[str, dict[str, Any]]:
        lines = []
        for number in range(self.pick.integer(1, 3)):
            key = self.pick.choose(_KEYS)
            value = self._value(key, number)
            lines.append({"id": f"{name}x{number}", "key": key, "value": value})
        return "expressionNode", {"expressions": lines, **self._transform()}

    def _value(self, key: str, number: int) -> str:
        kind = {"note": "text", "b": "test"}.get(key, "number")
        special = self.pick.integer(1, 9)
        if special == 1:
            return "null"
        if special == 2:
            return self.pick.choose(["a", "o.p", "n ?? 1", "$nodes.n0.a", "loan", "o"])
        if special == 3 and number:
            return self.pick.choose(["$.a", "$.b", "$.o.p", "$ == null", "$.n ?? 2"])
        return self.make.expression(kind, self.pick.integer(0, 2))

    def _table(self, name: str) -> tuple[str, dict[str, Any]]:
        fields = [
            self.pick.choose([*_KINDS, "", "a", "o.p"]) for _ in range(self.pick.integer(1, 3))
        ]
        outputs = list(
            dict.fromkeys(self.pick.choose(_KEYS) for _ in range(self.pick.integer(1, 3)))
        )
        if "loan.rate" in outputs and self.pick.integer(1, 2) == 1:
            outputs.remove("loan.rate")
        rules = [
            {"_id": f"{name}r{number}"}
            | {f"i{n}": self._cell(field) for n, field in enumerate(fields)}
            | {f"o{n}": self._output_cell(key) for n, key in enumerate(outputs)}
            for number in range(self.pick.integer(0, 5))
        ]
        content = {
            "hitPolicy": "first",
            "inputs": [
                {"id": f"i{n}", "name": f or "any", "field": f} for n, f in enumerate(fields)
            ],
            "outputs": [{"id": f"o{n}", "name": f, "field": f} for n, f in enumerate(outputs)],
            "rules": rules,
            **self._transform(),
        }
        if self.pick.integer(1, 6) == 1:
            content |= {"hitPolicy": "collect", "outputPath": self.pick.choose(["all", "o.all"])}
        return "decisionTableNode", content

    def _cell(self, field: str) -> str:
        pick = self.pick
        if pick.integer(1, 3) == 1:
            return ""
        if not field:
            return self.make.expression("test", 1)
        kind = _KINDS.get(field, "number")
        literal = self._literal(kind)
        order = pick.choose([">", "<", ">=", "<="])
        numeric = [
            f"{order} {literal}",
            f"[{literal}..{self._literal(kind)}]",
            f"> m and < {literal}",
        ]
        textual = [f"startsWith($, {literal})", f"!= {literal}", f"in tags, {literal}"]
        forms = {
            "number": [literal, *numeric, f"{literal}, {self._literal(kind)} or null"],
            "text": [literal, *textual, f"{literal}, null", "len($) > 1"],
            "test": [literal, "!= null", "== loan.open"],
        }[kind]
        return pick.choose([*forms, "null", "!= null"])

    def _literal(self, kind: str) -> str:
        numbers = ["0", "1", "2", "10", "0.5", "-1"]
        options = {"number": numbers, "text": ["'a'", "'甲'", "''"], "test": ["true", "false"]}
        return self.pick.choose(options[kind])

    def _output_cell(self, key: str) -> str:
        if self.pick.integer(1, 5) == 1:
            return ""
        kind = {"note": "text", "b": "test"}.get(key, "number")
        if self.pick.integer(1, 2) == 1:
            return self._literal(kind)
        return self.make.expression(kind, 1)


__all__ = ["FACTS", "Graphs"]
