"""The tables of the documentation that are made from data: rules, strategy, facts.

``python -m docs.tables`` writes them into the pages, between ``<!-- table: NAME -->`` and
``<!-- /table -->``; a test fails while a page differs from the data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import yaml

from carrears.analytics.definitions import Words, load_definitions
from carrears.analytics.key_definitions import load_key_definitions
from carrears.conduct.pack import Pack, Rule, load_pack
from carrears.outreach.outcome_codes import load_outcome_codes
from carrears.strategy.facts import Kind
from carrears.strategy.files import load_steps, load_treatments, shipped_strategy
from carrears.strategy.jdm import TableNode
from carrears.strategy.single import decide_one

FOLDER = Path(__file__).resolve().parent
_PROMISES = FOLDER.parent / "tests" / "casework" / "promise_cases.yaml"
_BLOCK = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- /table -->)", re.DOTALL)


def rules(name: str, *, chinese: bool) -> str:
    """The rules of the pack ``name``, as its files give them."""
    pack = load_pack(name)
    head = (
        ["编号", "规则", "强度", "出处", "文本状态", "施行"]
        if chinese
        else ["Rule", "Title", "Strength", "Citation", "Text", "In force"]
    )
    return _markdown(head, [_rule_row(rule, pack, chinese=chinese) for rule in _in_order(pack)])


def _in_order(pack: Pack) -> list[Rule]:
    return sorted(pack.rules, key=lambda rule: (rule.id.startswith("HOUSE"), rule.id))


def _rule_row(rule: Rule, pack: Pack, *, chinese: bool) -> list[str]:
    title = rule.title.zh if chinese else rule.title.en
    codes = f" [{', '.join(rule.reaches)}]" if rule.reaches else ""
    until = f" – {rule.in_force.until}" if rule.in_force.until else ""
    return [
        f"`{rule.id}`",
        title + codes,
        f"`{rule.strength}`",
        "；".join(pack.cite(citation) for citation in rule.citations),
        f"`{rule.text_status}`",
        f"{rule.in_force.start}{until}",
    ]


def key_figures(*, chinese: bool) -> str:
    """The figures of the dashboard: what each is, what it counts, over which days."""
    head = (
        ["指标", "公式", "分子", "分母", "时段"]
        if chinese
        else ["Figure", "Formula", "Numerator", "Denominator", "Days"]
    )

    def told(words: Words | None) -> str:
        return "–" if words is None else words.zh if chinese else words.en

    rows = [
        [told(words) for words in (one.title, one.formula, one.above, one.below, one.days)]
        for one in load_key_definitions().values()
    ]
    return _markdown(head, rows)


def promise_cases(*, chinese: bool) -> str:
    """The table of cases by which the matching of promises is tested."""
    head = (
        ["承诺（元，日期）", "到账（元，日期）", "各日日终状态"]
        if chinese
        else ["Case", "Promised (yuan by day)", "Came in", "At the end of the day"]
    )
    words = {"open": "待兑现", "kept": "兑现", "partly": "部分兑现", "broken": "未兑现"}
    rows = []
    for case in yaml.safe_load(_PROMISES.read_text(encoding="utf-8"))["cases"]:
        ways = case["promised"] if isinstance(case["promised"][0][0], list) else [case["promised"]]
        promised = "; ".join(", ".join(f"{yuan} {day}" for yuan, day in parts) for parts in ways)
        paid = ", ".join(_receipt(one) for one in case["paid"]) or "–"
        states = ", ".join(
            f"{day} {_states(said, words if chinese else {})}" for day, said in case["on"].items()
        )
        rows.append([*([] if chinese else [case["name"]]), promised, paid, states])
    return _markdown(head, rows)


def _receipt(one: Mapping[str, object] | list[object]) -> str:
    if isinstance(one, list):
        return f"{one[1]} {one[0]}"
    more = [f"{key} {one[key]}" for key in ("of", "told") if key in one]
    return f"{one['amount']} {one['day']} ({', '.join(more)})"


def _states(said: str | list[str], words: Mapping[str, str]) -> str:
    each = [said] if isinstance(said, str) else said
    return "/".join(words.get(one, one) for one in each)


def strategy(*, chinese: bool) -> str:
    """The shipped strategy's last table, a row for each rule."""
    file = shipped_strategy()
    treatments = load_treatments()
    table = [node for node in file.document.nodes if isinstance(node, TableNode)][-1]
    names = {column.id: column.field or "" for column in table.content.outputs}
    head = (
        ["规则", "条件", "处置", "下一步", "渠道", "备用", "语气", "间隔", "优先级", "复核"]
        if chinese
        else ["Rule", "When", "Treatment", "Next step", "Channel", "Else", "Tone", "Cadence",
              "Priority", "Review"]
    )  # fmt: skip
    steps, rows = load_steps(), []
    for rule in table.content.rules:
        made = {names[key]: text.strip("'") for key, text in rule.items() if key in names}
        treatment = treatments[made["treatment"]]
        when = rule["_description"].split("｜")[0 if chinese else 1]
        words = [treatment, steps[made["step"]]] if made["step"] else [treatment]
        named = [one.zh if chinese else one.en for one in words]
        shown = [_WORDS.get(made[name], made[name]) if chinese else made[name] for name in _SHOWN]
        cells = [f"`{rule['_id']}`", when, named[0], named[1] if made["step"] else "", *shown]
        rows.append([cell or "–" for cell in cells])
    return _markdown(head, rows)


def strategy_map(*, chinese: bool) -> str:
    """What happens to whom: the shipped strategy asked for loans of each age and risk."""
    document, treatments = shipped_strategy().document, load_treatments()
    head = [
        "逾期天数" if chinese else "Days past due",
        "风险 A–B" if chinese else "Risk A or B",
        "风险 C 或未知" if chinese else "Risk C or unknown",
        "风险 D–E" if chinese else "Risk D or E",
    ]
    rows = []
    for first, last, bucket in _AGES:
        for part in _CAR if last is None else [("", "", None)]:
            age = f"{first}–{last}" if last else f"≥ {first}"
            cells = [age + (part[0] if chinese else part[1])]
            for band in ("B", "C", "E"):
                facts = {"dpd": first, "bucket": bucket, "band": band, "loan_to_value": part[2]}
                chosen = treatments[decide_one(document, facts).outputs["treatment"]]
                cells.append(chosen.zh if chinese else chosen.en)
            rows.append(cells)
    return _markdown(head, rows)


_AGES = (
    (1, 5, 1), (6, 15, 1), (16, 30, 1), (31, 60, 2), (61, 90, 3),
    (91, 120, 4), (121, 180, 5), (181, None, 7),
)  # fmt: skip
_CAR = (
    ("，余额不超过车值 30%", ", up to 30 % of the car's value owed", Decimal("0.3")),
    ("，30%–60%", ", 30 to 60 %", Decimal("0.6")),
    ("，60%–120%", ", 60 to 120 %", Decimal("1.2")),
    ("，高于 120% 或未知", ", above 120 % or unknown", None),
)
_WORDS = {
    "email": "邮件", "call": "电话", "sms": "短信", "none": "–", "friendly": "友好",
    "neutral": "平和", "firm": "郑重", "supportive": "关怀",
}  # fmt: skip
_SHOWN = ("channel", "else_channel", "tone", "cadence_days", "priority", "review_days")


def facts() -> str:
    """The facts that the shipped strategy may ask for."""
    rows = []
    for name, fact in shipped_strategy().facts.items():
        places = f", {fact.scale} decimal places" if fact.kind is Kind.NUMBER and fact.scale else ""
        rows.append([f"`{name}`", f"{fact.kind}{places}", f"{fact.title} ({fact.title_zh})"])
    return _markdown(["Fact", "Kind", "Meaning"], rows)


def outcome_codes(*, chinese: bool) -> str:
    """The shipped codes for what came of a contact."""
    head = (
        ["代码", "名称", "渠道与计数", "本人", "下一步", "跟进"]
        if chinese
        else ["Code", "Title", "By, and counted as", "Right party", "Next", "Come back"]
    )
    shipped = load_outcome_codes(Path("/nowhere"), on=date.max)
    rows = [
        [
            f"`{one.code}`",
            one.title.zh if chinese else one.title.en,
            ", ".join(f"{way}: `{result}`" for way, result in one.by.items()),
            ("是" if chinese else "yes") if one.right_party else "",
            "" if one.next == "none" else f"`{one.next}`",
            f"{one.follow_up}",
        ]
        for one in shipped.codes
    ]
    return _markdown(head, rows)


def figures(*, chinese: bool) -> str:
    """The figures by month and segment: rows, cohort and clock of each."""
    head = (
        ["指标", "名称", "每行对应", "对象", "时点"]
        if chinese
        else ["Figure", "Title", "Rows", "Cohort", "Clock"]
    )

    def told(words: Words) -> str:
        return words.zh if chinese else words.en

    rows = [
        [f"`{key}`", *(told(words) for words in (one.title, one.rows, one.cohort, one.clock))]
        for key, one in load_definitions().items()
    ]
    return _markdown(head, rows)


def formulas() -> str:
    """What each figure counts, in Chinese."""
    rows = [[one.title.zh, one.counts.zh] for one in load_definitions().values()]
    return _markdown(["指标", "算法"], rows)


def facts_in_chinese() -> str:
    """The same for Chinese readers."""
    facts = shipped_strategy().facts.items()
    return _markdown(["事实", "含义"], [[f"`{name}`", fact.title_zh] for name, fact in facts])


TABLES: Mapping[str, Callable[[], str]] = {
    "rules-en": lambda: rules("cn", chinese=False),
    "rules-zh": lambda: rules("cn", chinese=True),
    "rules-uk-en": lambda: rules("uk", chinese=False),
    "rules-uk-zh": lambda: rules("uk", chinese=True),
    "rules-us-en": lambda: rules("us", chinese=False),
    "rules-us-zh": lambda: rules("us", chinese=True),
    "rules-in-en": lambda: rules("in", chinese=False),
    "rules-in-zh": lambda: rules("in", chinese=True),
    "strategy-en": lambda: strategy(chinese=False),
    "strategy-zh": lambda: strategy(chinese=True),
    "strategy-map-en": lambda: strategy_map(chinese=False),
    "strategy-map-zh": lambda: strategy_map(chinese=True),
    "facts-zh": facts_in_chinese,
    "facts": facts,
    "figures-en": lambda: figures(chinese=False),
    "figures-zh": lambda: figures(chinese=True),
    "key-figures-en": lambda: key_figures(chinese=False),
    "key-figures-zh": lambda: key_figures(chinese=True),
    "formulas-zh": formulas,
    "outcome-codes-en": lambda: outcome_codes(chinese=False),
    "outcome-codes-zh": lambda: outcome_codes(chinese=True),
    "promise-cases-en": lambda: promise_cases(chinese=False),
    "promise-cases-zh": lambda: promise_cases(chinese=True),
}


def filled(page: str) -> str:
    """The page with its tables as the data has them now.

    Raises:
        KeyError: the page asks for a table that is not made here.
    """
    return _BLOCK.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", page)


def _markdown(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n" for row in lines)


def main() -> None:
    """Bring every page up to date."""
    for path in sorted(FOLDER.rglob("*.md")):
        page = path.read_text(encoding="utf-8")
        if (fresh := filled(page)) != page:
            path.write_text(fresh, encoding="utf-8")


if __name__ == "__main__":
    main()
