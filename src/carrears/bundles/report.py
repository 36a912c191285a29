"""The readable part of a bundle: one PDF in Chinese and one in English."""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
import weblate_fonts

from carrears.bundles.layout import Contents, ProvenEntry
from carrears.evidence import checkpoint as checkpoints
from carrears.evidence.merkle import leaf_hash
from carrears.evidence.policy import parse_policy
from carrears.yamls import load_yaml

_FOLDER = Path(__file__).parent
_FONTS = Path(weblate_fonts.__file__).parent / "static" / "weblate_fonts" / "kurinto" / "ttf"
LANGUAGES = ("zh", "en")
# What says nothing to a reader: it stands in the entry all the same.
_LEFT_OUT = frozenset(
    {"case", "loan_no", *(f"{name}_commitment" for name in ("text", "reason", "note", "comment"))}
)


def report_name(language: str) -> str:
    """What the report is called inside the bundle."""
    return f"report-{language}.pdf"


def write_report(contents: Contents, *, language: str, loan_no: str, lender: str) -> bytes:
    """The report as PDF, the same bytes for the same contents."""
    shown = _shown(contents, language, loan_no, lender)
    pdf: bytes = typst.compile(
        str(_FOLDER / "report.typ"),
        root=str(_FOLDER),
        font_paths=[str(_FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(shown)},
        timestamp=int(datetime.fromisoformat(contents.made_at).timestamp()),
    )
    return pdf


@functools.cache
def words() -> Mapping[str, Any]:
    """The words of words.yaml."""
    loaded: Mapping[str, Any] = load_yaml((_FOLDER / "words.yaml").read_text(encoding="utf-8"))
    return loaded


def _shown(contents: Contents, language: str, loan_no: str, lender: str) -> dict[str, Any]:
    known = words()
    report = {name: one[language] for name, one in known["report"].items()}
    head, _ = checkpoints.parse(contents.note)
    texts: dict[int, list[str]] = defaultdict(list)
    for one in contents.texts:
        texts[one.index].append(report["erased"] if one.text is None else one.text)
    return {
        "lang": language,
        "region": {"zh": "cn", "en": "us"}[language],
        "loan": loan_no,
        "lender": lender,
        "origin": head.origin,
        "words": report,
        "facts": [
            [report["loan"], loan_no],
            [report["lender"], lender],
            [report["made_at"], f"{_moment(contents.made_at)} UTC"],
            [report["log"], contents.log],
            [report["count"], str(len(contents.entries))],
            [report["size"], str(head.size)],
            [report["root"], head.root.hex()],
            [report["cosigned"], _cosigned(contents) or report["nobody"]],
            [report["stamped"], str(len(contents.stamps)) if contents.stamps else report["none"]],
        ],
        **{
            part: [line[language] for line in known[part]] for part in ("shown", "not_shown", "how")
        },
        "entries": [
            _entry(one, language, report, texts.get(one.index, ())) for one in contents.entries
        ],
    }


def _cosigned(contents: Contents) -> str:
    if not contents.policy:
        return ""
    policy = parse_policy(contents.policy)
    found = checkpoints.cosignatures(contents.note, vkeys=policy.vkeys())
    return "; ".join(f"{one.witness} ({one.kind.title})" + _when(one.at) for one in found)


def _when(at: datetime | None) -> str:
    return f" {at:%Y-%m-%d %H:%M:%S} UTC" if at else ""


def _entry(
    one: ProvenEntry, language: str, report: Mapping[str, str], texts: Sequence[str]
) -> dict[str, Any]:
    entry = json.loads(one.data)
    kinds, members = words()["kinds"], words()["members"]
    return {
        "place": one.index,
        "time": _moment(entry["occurred_at"]),
        "kind": kinds.get(entry["kind"], {}).get(language, entry["kind"]),
        "by": entry["actor"] or report["house"],
        "members": [
            [members.get(name, {}).get(language, name), _value(value)]
            for name, value in entry["payload"].items()
            if name not in _LEFT_OUT and value not in (None, "", [])
        ],
        "text": "\n".join(texts) or None,
        "leaf": leaf_hash(one.data).hex(),
    }


def _value(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"
