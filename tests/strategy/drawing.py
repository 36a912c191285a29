"""Expressions and facts drawn at random, from one grammar for short tests and long soaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from carrears.strategy.facts import Fact, Kind, make_fact

T = TypeVar("T")

_ITEM = Fact(
    kind=Kind.OBJECT,
    fields={
        "q": Fact(kind=Kind.NUMBER, digits=4, scale=1),
        "k": Fact(kind=Kind.STRING),
        "on": Fact(kind=Kind.BOOLEAN),
        "tags": Fact(kind=Kind.LIST, items=Fact(kind=Kind.STRING)),
    },
)
FACTS: dict[str, Fact] = {
    "n": make_fact("n", {"type": "integer", "digits": 4}),
    "m": make_fact("m", {"type": "integer", "digits": 4}),
    "x": make_fact("x", {"type": "decimal", "scale": 2, "digits": 7}),
    "y": make_fact("y", {"type": "decimal", "scale": 3, "digits": 9}),
    "s": make_fact("s", "string"),
    "loan.region": make_fact("loan.region", "string"),
    "loan.rate": make_fact("loan.rate", {"type": "decimal", "scale": 4, "digits": 6}),
    "b": make_fact("b", "boolean"),
    "loan.open": make_fact("loan.open", "boolean"),
    "day": make_fact("day", "date"),
    "due": make_fact("due", "date"),
    "nums": Fact(kind=Kind.LIST, items=Fact(kind=Kind.NUMBER, digits=4, scale=1)),
    "tags": Fact(kind=Kind.LIST, items=Fact(kind=Kind.STRING)),
    "items": Fact(kind=Kind.LIST, items=_ITEM),
}
TEXTS = ["a", "b", "ab", "", "甲", "逾期 M1", "ß", "it`s", "\U0001f697", "é", "é", " a ", "A"]
NUMBERS = ["0", "1", "-1", "2", "3", "10", "0.5", "2.50", "-1.5", "0.10", "100", "7", "1.005"]
FIRST_DAY = date(2024, 2, 27)
_TEXT_TESTS = ["contains", "startsWith", "endsWith"]
_DAY_TESTS = ["isBefore", "isAfter", "isSame", "isSameOrBefore", "isSameOrAfter"]
_STARTS = ["'month'", "'quarter'", "'year'", "'day'"]


class Chooser(Protocol):
    """Where the choices come from."""

    def choose(self, options: Sequence[T]) -> T: ...

    def integer(self, low: int, high: int) -> int: ...


class Expressions:
    """Draws expressions by the kind that they come to."""

    def __init__(self, chooser: Chooser, *, errors: int = 12) -> None:
        self.pick = chooser
        self.errors = errors  # one in so many parts is of another kind than it should be
        self.scope: list[tuple[str, str]] = []  # closures' elements: name and kind

    def expression(self, kind: str | None = None, depth: int = 3) -> str:
        """An expression of a kind, or of any."""
        kinds = ["number", "text", "test", "day", "numbers", "texts", "objects"]
        wanted = kind or self.pick.choose([*kinds[:3], *kinds])
        if self.pick.integer(1, self.errors) == 1:
            wanted = self.pick.choose([*kinds, "null"])
        makers: dict[str, Callable[[int], str]] = {
            "number": self.number,
            "text": self.text,
            "test": self.test,
            "day": self.a_day,
            "numbers": self.numbers,
            "texts": self.texts,
            "objects": self.objects,
            "null": lambda _: "null",
        }
        return makers[wanted](depth)

    def number(self, depth: int) -> str:
        e, p = self.expression, self.pick
        leaf = [p.choose(NUMBERS), *self._named("number", ["n", "m", "x", "y", "loan.rate"])]
        if depth <= 0:
            return p.choose(leaf)
        d = depth - 1
        forms = [
            lambda: p.choose(leaf),
            lambda: p.choose(leaf),
            lambda: f"{e('number', d)} {p.choose('+-*')} {e('number', d)}",
            lambda: f"({e('number', d)} {p.choose('+-*/')} {e('number', d)})",
            lambda: f"-{e('number', 0)}",
            lambda: f"({e('number', 0)} / {e('number', 0)})",
            lambda: f"({e('number', 0)} / {e('number', 0)} * {p.choose(['100', '10'])})",
            lambda: f"({e('number', d)} / {p.choose(['2', '3', '12', '100', '0.7', '0', '-8'])})",
            lambda: f"round({e('number', 0)} / {e('number', 0)}, {p.integer(0, 4)})",
            lambda: f"({e('number', 0)} {p.choose('+-')} {e('number', 0)} / {e('number', 0)})",
            lambda: f"({e('number', 0)} % {e('number', 0)})",
            lambda: f"({e('number', 0)} ^ {p.choose(['2', '3'])})",
            lambda: f"avg({e('numbers', d)})",
            lambda: f"abs({e('number', d)})",
            lambda: f"{p.choose(['round', 'floor', 'ceil', 'trunc'])}({e('number', d)})",
            lambda: f"round({e('number', d)}, {p.integer(0, 3)})",
            lambda: f"trunc({e('number', d)}, {p.integer(0, 3)})",
            lambda: f"len({e(p.choose(['text', 'numbers', 'texts', 'objects']), d)})",
            lambda: f"{p.choose(['sum', 'min', 'max'])}({e('numbers', d)})",
            lambda: f"{p.choose(['sum', 'min', 'max'])}([{e('number', d)}, {e('number', d)}])",
            lambda: self._closure("count", d),
            lambda: f"({e('test', d)} ? {e('number', d)} : {e('number', d)})",
            lambda: f"({e('number', d)} ?? {e('number', 0)})",
            lambda: f"number({e(p.choose(['number', 'test']), d)})",
            lambda: f"{e('numbers', d)}[{p.integer(0, 2)}]",
            lambda: f"({e('day', d)}).diff({e('day', 0)}, 'day')",
            lambda: f"({e('day', d)}).{p.choose(['year', 'month', 'day', 'weekday', 'quarter'])}()",
        ]
        return p.choose(forms)()

    def text(self, depth: int) -> str:
        e, p = self.expression, self.pick
        quoted = f"'{p.choose(TEXTS)}'"
        leaf = [quoted, *self._named("text", ["s", "loan.region", "day"])]
        if depth <= 0:
            return p.choose(leaf)
        d = depth - 1
        forms = [
            lambda: p.choose(leaf),
            lambda: p.choose(leaf),
            lambda: f"({e('text', d)} + {e('text', d)})",
            lambda: f"trim({e('text', d)})",
            lambda: f"({e('test', d)} ? {e('text', d)} : {e('text', d)})",
            lambda: f"({e('text', d)} ?? {e('text', 0)})",
            lambda: f"`<${{{e(p.choose(['text', 'number', 'test']), min(d, 1))}}}>`",
            lambda: f"string({e(p.choose(['text', 'test']), d)})",
            lambda: f"type({e(None, d)})",
            lambda: f"{e('texts', d)}[{p.integer(0, 2)}]",
            lambda: f"{p.choose(leaf[1:])}[{p.integer(0, 2)}]",
            lambda: f"{p.choose(leaf[1:])}[{p.integer(0, 1)}:{p.integer(1, 3)}]",
            lambda: f"({e('day', d)}).format('%Y-%m-%d')",
            lambda: f"{p.choose(['upper', 'lower'])}({e('text', d)})",
        ]
        return p.choose(forms)()

    def test(self, depth: int) -> str:
        e, p = self.expression, self.pick
        leaf = ["true", "false", *self._named("test", ["b", "loan.open"])]
        if depth <= 0:
            return p.choose(leaf)
        d = depth - 1
        order, equal = ["<", "<=", ">", ">="], ["==", "!="]
        low, high = p.choose("[("), p.choose("])")
        no = p.choose(["in", "not in"])
        forms = [
            lambda: p.choose(leaf),
            lambda: f"({e('test', d)} {p.choose(['and', 'or'])} {e('test', d)})",
            lambda: f"({e('test', d)} {p.choose(['and', 'or'])} {e('test', d)})",
            lambda: f"not ({e('test', d)})",
            lambda: f"({e('number', d)} {p.choose(order)} {e('number', d)})",
            lambda: f"({e('number', d)} {p.choose(order)} {e('number', d)})",
            lambda: f"({e(k, d)} {p.choose(equal)} {e(k, d)})",
            lambda: f"({e(k, d)} {p.choose(equal)} {e(k, d)})",
            lambda: f"({e(None, d)} {p.choose(equal)} null)",
            lambda: f"({e('day', d)} {p.choose([*order, *equal])} {e('day', d)})",
            lambda: f"({e('number', d)} {no} {low}{e('number', 0)}..{e('number', 0)}{high})",
            lambda: f"({e('day', 0)} {no} {low}{e('day', 0)}..{e('day', 0)}{high})",
            lambda: f"({e('number', d)} {no} {e('numbers', d)})",
            lambda: f"({e('text', d)} {no} {e('texts', d)})",
            lambda: f"{p.choose(_TEXT_TESTS)}({e('text', d)}, {e('text', 0)})",
            lambda: f"contains({e('texts', d)}, {e('text', 0)})",
            lambda: f"contains({e('numbers', d)}, {e('number', 0)})",
            lambda: (
                f"matches({e('text', d)}, '{p.choose(['a', '^a', '[a-c]+$', 'a|b', '.', '^.?$'])}')"
            ),
            lambda: self._closure(p.choose(["some", "all", "none", "one"]), d),
            lambda: f"({e('day', d)}).{p.choose(_DAY_TESTS)}({e('day', 0)})",
            lambda: f"({e('day', d)}).isValid()",
            lambda: f"bool({e(p.choose(['test', 'number']), d)})",
            lambda: f"isNumeric({e('number', d)})",
        ]
        k = p.choose(["number", "text", "test", "numbers"])
        return p.choose(forms)()

    def a_day(self, depth: int) -> str:
        e, p = self.expression, self.pick
        constant = f"d('{FIRST_DAY + timedelta(days=p.integer(0, 5))}')"
        leaf = [constant, "d(day)", "d(due)"]
        if depth <= 0:
            return p.choose(leaf)
        d = depth - 1
        units = ["'day'", "'d'", "'month'", "'days'"]
        forms = [
            lambda: p.choose(leaf),
            lambda: (
                f"{e('day', d)}.{p.choose(['add', 'sub'])}({p.integer(0, 40)}, {p.choose(units)})"
            ),
            lambda: f"{e('day', d)}.add({p.choose(['n', 'm', '3'])}, {p.choose(units)})",
            lambda: f"{e('day', d)}.add('{p.integer(0, 40)}d')",
            lambda: f"{e('day', d)}.startOf({p.choose(_STARTS)})",
            lambda: f"d({e('day', d)})",
            lambda: f"({e('test', d)} ? {e('day', d)} : {e('day', d)})",
        ]
        return p.choose(forms)()

    def numbers(self, depth: int) -> str:
        e, p = self.expression, self.pick
        if depth <= 0:
            return p.choose(["nums", "[1, 2, 3]", "[]", "[0.5]"])
        d = depth - 1
        forms = [
            lambda: "nums",
            lambda: f"[{e('number', d)}, {e('number', d)}]",
            lambda: self._closure("filter", d, "numbers"),
            lambda: f"map({self._source(d)}, {{body:number}})",
            lambda: f"({e('numbers', d)} ?? [])",
            lambda: f"({e('test', d)} ? {e('numbers', d)} : nums)",
            lambda: f"{e('numbers', 0)}[0:{p.integer(0, 1)}]",
        ]
        return self._bodies(p.choose(forms)(), d)

    def texts(self, depth: int) -> str:
        e, p = self.expression, self.pick
        if depth <= 0:
            return p.choose(["tags", "['a', '甲']", "[]", "['a', null]"])
        d = depth - 1
        forms = [
            lambda: "tags",
            lambda: f"[{e('text', d)}, {e('text', d)}]",
            lambda: self._closure("filter", d, "texts"),
            lambda: f"map({self._source(d)}, {{body:text}})",
            lambda: f"split({e('text', d)}, '{p.choose(['a', ' ', ',', '甲'])}')",
            lambda: f"flatMap({e('objects', 0)}, #.tags ?? [])",
        ]
        return self._bodies(p.choose(forms)(), d)

    def objects(self, depth: int) -> str:
        if depth <= 0:
            return "items"
        return self.pick.choose(
            [lambda: "items", lambda: self._closure("filter", depth - 1, "objects")]
        )()

    def _named(self, kind: str, names: list[str]) -> list[str]:
        """Names of facts, and of the elements of the closures around."""
        return names + [name for name, of in self.scope if of == kind] * 3

    def _source(self, depth: int) -> str:
        kind = self.pick.choose(["numbers", "texts", "objects"])
        self._next = kind
        return self.expression(kind, min(depth, 1))

    def _closure(self, name: str, depth: int, kind: str | None = None) -> str:
        kind = kind or self.pick.choose(["numbers", "texts", "objects"])
        source = self.expression(kind, min(depth, 1))
        return f"{name}({source}, {self._body(kind, 'test', depth)})"

    def _body(self, of: str, kind: str, depth: int) -> str:
        outer = self.scope
        self.scope = {
            "numbers": [("#", "number")],
            "texts": [("#", "text")],
            "objects": [("#.q", "number"), ("#.k", "text"), ("#.on", "test")],
        }[of]
        body = self.expression(kind, min(depth, 2))
        self.scope = outer
        return body

    def _bodies(self, text: str, depth: int) -> str:
        for kind in ("number", "text"):
            mark = f"{{body:{kind}}}"
            if mark in text:
                text = text.replace(mark, self._body(self._next, kind, depth))
        return text


def draw_row(pick: Chooser) -> dict[str, Any]:
    """Facts of one loan, any of which may be missing; nested as the engine takes them."""

    def maybe(make: Callable[[], Any]) -> Any:
        return None if pick.integer(1, 6) == 1 else make()

    def number(scale: int, limit: int) -> Decimal:
        special = pick.integer(1, 3) == 1
        if special:
            return (
                Decimal(pick.choose(["0", "1", "2", "0.5", "-1", "10"])).quantize(
                    Decimal(1).scaleb(-scale)
                )
                if scale
                else Decimal(pick.choose(["0", "1", "2", "-1", "10"]))
            )
        return Decimal(pick.integer(-limit, limit)).scaleb(-scale)

    def text() -> str:
        return pick.choose(TEXTS)

    def a_day() -> str:
        return (FIRST_DAY + timedelta(days=pick.integer(-40, 40))).isoformat()

    def item() -> dict[str, Any]:
        return {
            "q": maybe(lambda: number(1, 300)),
            "k": maybe(text),
            "on": maybe(lambda: pick.choose([True, False])),
            "tags": maybe(lambda: [text() for _ in range(pick.integer(0, 2))]),
        }

    def some(make: Callable[[], Any]) -> list[Any]:
        return [
            maybe(make) if pick.integer(1, 5) == 1 else make() for _ in range(pick.integer(0, 4))
        ]

    return {
        "n": maybe(lambda: int(number(0, 200))),
        "m": maybe(lambda: int(number(0, 12))),
        "x": maybe(lambda: number(2, 9000)),
        "y": maybe(lambda: number(3, 900000)),
        "s": maybe(text),
        "loan": {
            "region": maybe(text),
            "rate": maybe(lambda: number(4, 9999)),
            "open": maybe(lambda: pick.choose([True, False])),
        },
        "b": maybe(lambda: pick.choose([True, False])),
        "day": maybe(a_day),
        "due": maybe(a_day),
        "nums": maybe(lambda: some(lambda: number(1, 90))),
        "tags": maybe(lambda: some(text)),
        "items": maybe(lambda: some(item)),
    }
