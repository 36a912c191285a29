"""How much of real abuse the words of a pack catch, what they catch wrongly, and how fast.

    python -m bench.wording            # on the posts that the lists were never tuned on
    python -m bench.wording --train    # on those that they were

COLD is a set of Chinese posts on race, region and gender that people labelled offensive or not
(where they lie: CARREARS_SHARED, else ../shared; nothing of them is written but counts).
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import sys
import time
from base64 import b32encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from carrears.conduct.pack import load_pack
from carrears.conduct.wording import Objection, find_forbidden
from carrears.outreach.templates import load_template, template_keys

_PACK = "cn"
_MESSAGES = 5_000
_NAMES = "赵钱孙李周吴郑王冯陈伟芳娜敏静强磊军洋艳勇杰娟涛明超秀英华"
_WISHES: dict[str, Callable[[Objection], bool]] = {
    "blocked": lambda one: one.strength == "prohibited",
    "blocked as an insult": lambda one: one.strength == "prohibited" and one.kind == "insult",
    "blocked or sent to a person": lambda _: True,
    "the same, as an insult": lambda one: one.kind == "insult",
}


@dataclass(frozen=True, slots=True)
class Post:
    """One post, its topic and its label."""

    topic: str
    offensive: bool
    text: str


def read_posts(name: str) -> list[Post]:
    shared = Path(os.environ.get("CARREARS_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    path = shared / "data" / name
    if not path.is_file():
        raise SystemExit(f"no {path}; set CARREARS_SHARED")
    with gzip.open(path) as raw:
        rows = csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8-sig"))
        return [Post(row["topic"], row["label"] == "1", row["TEXT"]) for row in rows]


def score(posts: Sequence[Post], caught: Iterable[bool]) -> tuple[str, str, str, str]:
    """Caught, of those offensive, precision, recall."""
    pairs = list(zip(posts, caught, strict=True))
    hits = sum(hit for _, hit in pairs)
    right = sum(hit and post.offensive for post, hit in pairs)
    offensive = sum(post.offensive for post in posts)
    precision = f"{right / hits:.1%}" if hits else "-"
    recall = f"{right / offensive:.1%}" if offensive else "-"
    return f"{hits:,}", f"{right:,}", precision, recall


def measure_posts(posts: Sequence[Post], console: Console) -> None:
    pack = load_pack(_PACK)
    start = time.process_time()
    found = [find_forbidden(post.text, pack) for post in posts]
    seconds = time.process_time() - start
    offensive = sum(post.offensive for post in posts)
    console.print(f"{len(posts):,} posts, {offensive:,} of them labelled offensive; pack {_PACK}")
    table = Table("of the posts", "topic", "caught", "offensive", "precision", "recall")
    for name, wish in _WISHES.items():
        hits = [any(map(wish, each)) for each in found]
        table.add_row(name, "all", *score(posts, hits))
    for topic in sorted({post.topic for post in posts}):
        some = [(p, bool(f)) for p, f in zip(posts, found, strict=True) if p.topic == topic]
        table.add_row("blocked or sent to a person", topic,
                      *score([p for p, _ in some], [f for _, f in some]))  # fmt: skip
    console.print(table)
    console.print(f"{len(posts) / seconds:,.0f} posts in a second of one core")


def measure_messages(console: Console) -> None:
    """The shipped templates, filled anew for each person, as a night sends them."""
    pack = load_pack(_PACK)
    texts = [
        f"{subject}\n\n{body}"
        for subject, body in (load_template(key).locales["zh-CN"] for key in template_keys())
    ]
    messages = [_filled(texts[number % len(texts)], number) for number in range(_MESSAGES)]
    spent = []
    for message in messages:
        start = time.process_time()
        find_forbidden(message, pack)
        spent.append(time.process_time() - start)
    spent.sort()
    console.print(
        f"{len(messages) / sum(spent):,.0f} messages in a second of one core"
        f" ({sum(map(len, messages)) / len(messages):.0f} characters each); p50"
        f" {spent[len(spent) // 2] * 1e3:.2f} ms, p99 {spent[int(len(spent) * 0.99)] * 1e3:.2f} ms"
    )


def _filled(text: str, number: int) -> str:
    """A template as one person gets it: her own name, amounts, number and link."""
    random = Random(number)  # noqa: S311  names and amounts, no secret
    amount = f"¥{random.randrange(10_000, 9_999_999) / 100:,.2f}"
    for name in ("arrears", "arrears_principal", "arrears_interest", "next_due_amount"):
        text = text.replace(f"{{{name}}}", amount)
    link = b32encode(random.randbytes(40)).decode().lower()
    text = text.replace("{opt_out_url}", f"https://pay.example.cn/stop/{link}/")
    text = text.replace("{loan_no}", f"A-{number:07d}").replace("{lender}", "示例汽车金融")
    return text.replace("{name}", "".join(random.choices(_NAMES, k=3)))


def main() -> None:
    console = Console(width=120)
    train = "--train" in sys.argv
    posts = read_posts("cold-train.csv.gz" if train else "cold-dev.csv.gz")
    measure_posts(posts, console)
    measure_messages(console)


if __name__ == "__main__":
    main()
