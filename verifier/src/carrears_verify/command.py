"""The command ``carrears-verify``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from carrears_verify.bundle import Bundle, BundleError, read_bundle
from carrears_verify.policy import Policy, PolicyError, parse_policy
from carrears_verify.verdict import NOT_PROVEN, Finding, Kind, key_of, verify_bundle

ALL_PROVEN, LEFT_OPEN, FALSE, UNREADABLE = 0, 1, 2, 3
_SIGNS = {Kind.PROVEN: "[proven]", Kind.OPEN: "[open]  ", Kind.FALSE: "[FALSE] "}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command, and end with its exit code."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Verify a bundle and print what it proves; the exit code, see README.md."""
    asked = _parser().parse_args(arguments)
    try:
        bundle = read_bundle(Path(asked.bundle))
        policy = _policy(asked.policy)
        roots = Path(asked.tsa_roots).read_bytes() if asked.tsa_roots else b""
        findings = verify_bundle(bundle, policy=policy, roots=roots)
    except (BundleError, PolicyError, OSError, UnicodeDecodeError) as error:
        print(f"carrears-verify: {error}", file=sys.stderr)  # noqa: T201  a command's output
        return UNREADABLE
    code = _code(findings)
    text = _as_json(bundle, findings, code) if asked.json else _as_text(bundle, findings, code)
    print(text)  # noqa: T201  see above
    if asked.entries:
        for one in bundle.entries:
            print(f"{one.index}\t{one.data.decode(errors='replace')}")  # noqa: T201  see above
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="carrears-verify", description="Say what a proof bundle proves and what not."
    )
    parser.add_argument("bundle", help="the bundle, a .carrears.zip")
    parser.add_argument("--policy", help="whom you trust: a C2SP tlog-policy")
    parser.add_argument("--tsa-roots", help="time-stamping authorities that you trust, PEM")
    parser.add_argument("--entries", action="store_true", help="print the entries too")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _policy(path: str | None) -> Policy | None:
    return parse_policy(Path(path).read_text(encoding="utf-8")) if path else None


def _code(findings: Sequence[Finding]) -> int:
    kinds = {one.kind for one in findings}
    if Kind.FALSE in kinds:
        return FALSE
    return LEFT_OPEN if Kind.OPEN in kinds else ALL_PROVEN


def _as_text(bundle: Bundle, findings: Sequence[Finding], code: int) -> str:
    result = {
        ALL_PROVEN: "All of it verifies, by what you trust.",
        LEFT_OPEN: "Nothing is false, but what you trust does not vouch for all of it.",
        FALSE: "Something is FALSE; do not rely on this bundle.",
    }[code]
    lines = [f"Subjects: {', '.join(bundle.subjects)}", f"Log key:  {key_of(bundle)}", ""]
    lines += [f"{_SIGNS[one.kind]} {one.text}" for one in findings]
    lines += ["", "Not proven by any bundle:", *(f"  - {line}" for line in NOT_PROVEN), "", result]
    return "\n".join(lines)


def _as_json(bundle: Bundle, findings: Sequence[Finding], code: int) -> str:
    shown = {
        "code": code,
        "subjects": list(bundle.subjects),
        "log": key_of(bundle),
        "findings": [{"kind": str(one.kind), "text": one.text} for one in findings],
        "not_proven": list(NOT_PROVEN),
    }
    return json.dumps(shown, ensure_ascii=False)
