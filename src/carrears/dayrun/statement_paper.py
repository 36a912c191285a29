"""The statement of a loan as a PDF that can be worked out again by hand, in Chinese and English."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import typst
import weblate_fonts
from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.clock import zone
from carrears.dayrun.statements import statement_of
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.steps import Column, Run
from carrears.delinquency.reckoning.statement import (
    LoanStatement,
    Portion,
    StatementEntry,
    StatementInstalment,
)
from carrears.delinquency.reckoning.statement_json import exact_major, yearly
from carrears.evidence.services import record
from carrears.money import to_major
from carrears.parties.vault import SubjectErasedError
from carrears.portfolio.products import Part
from carrears.vault.storing import store
from carrears.yamls import load_yaml

Language = Literal["zh", "en"]
_FOLDER = Path(__file__).parent
_FONTS = Path(weblate_fonts.__file__).parent / "static" / "weblate_fonts" / "kurinto" / "ttf"
_LENDER = {"zh": "zh-CN", "en": "en-US"}
# Entries whose amount is money; of the others it is a rate, or nothing.
_MONEY = frozenset({"payment", "fee", "penalty_charge", "waiver", "refund", "chargeback"})
Row = list[str]


def write_statement(
    statement: LoanStatement, *, borrower: str, made_at: datetime, language: Language
) -> bytes:
    """The statement as PDF; the same bytes for the same statement, name and moment.

    ``borrower`` is the name as the reader may see it.
    """
    paper = _Paper(statement, language)
    pdf: bytes = typst.compile(
        str(_FOLDER / "statement.typ"),
        root=str(_FOLDER),
        font_paths=[str(_FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(paper.shown(borrower=borrower, made_at=made_at))},
        timestamp=int(made_at.timestamp()),
    )
    return pdf


def hand_out_statement(
    loan_no: str,
    *,
    as_of: date,
    known_on: date | None,
    language: Language,
    borrower: str,
    by: str,
    key: str,
    at: datetime,
) -> bytes:
    """Make the statement for somebody; the log says of what day, to whom, and its SHA-256.

    Raises:
        UnknownLoanError: no such loan in the book, or it was lent after ``as_of``.
        BookError: the book is empty.
        LedgerDisagreementError: the ledger's two forms differ about the loan.
    """
    statement = statement_of(loan_no, as_of=as_of, known_on=known_on)
    pdf = write_statement(statement, borrower=borrower, made_at=at, language=language)
    with transaction.atomic():
        record(
            "loan.statement",
            subject=loan_no,
            key=f"loan.statement:{key}",
            actor=by,
            occurred_at=at,
            payload={
                "as_of": as_of.isoformat(),
                "known_on": known_on.isoformat() if known_on else None,
                "language": language,
                "payoff": statement.position.payoff,
                "sha256": hashlib.sha256(pdf).hexdigest(),
            },
        )
    return pdf


def keep_statement(pdf: bytes, *, case: Case, name: str, key: str, by: User, at: datetime) -> None:
    """Put a statement that was handed out among the documents of its case, once by its key.

    A debtor who was erased is named in none, and nothing new is kept about him.

    Raises:
        StoreError, OSError: the vault does not take it.
    """
    with suppress(SubjectErasedError):
        store(
            kind="statement",
            stream=[pdf],
            case=case,
            media_type="application/pdf",
            actor=by,
            at=at,
            name=name,
            key=f"statement:{key}",
        )


@functools.cache
def _words() -> Mapping[str, Any]:
    told: Mapping[str, Any] = load_yaml((_FOLDER / "statement.yaml").read_text(encoding="utf-8"))
    return told


class _Paper:
    """A statement in the words of one language."""

    def __init__(self, statement: LoanStatement, language: Language) -> None:
        self.statement, self.position = statement, statement.position
        self.language: Language = language
        self.used = [
            part
            for part in Part
            if self.position.outstanding[part]
            or any(one.owed[part] for one in self.position.instalments)
        ]

        runs = (run for one in statement.instalments for run in (*one.runs, *one.waiting))
        self.has_paused = any(run.paused for run in runs)

    def word(self, name: str, group: str = "", **values: object) -> str:
        words = _words()[group] if group else _words()
        text: str = words[name][self.language]
        return text.format(**values) if values else text

    def heads(self, *names: str) -> Row:
        return [self.word(name) for name in names]

    def money(self, minor: int) -> str:
        return f"{to_major(minor, self.position.currency):,}"

    def exact(self, minor: Fraction) -> str:
        return exact_major(minor, self.position.currency)

    def shown(self, *, borrower: str, made_at: datetime) -> dict[str, Any]:
        position = self.position
        local = made_at.astimezone(zone(settings.TIME_ZONE))
        made = local.isoformat(sep=" ", timespec="minutes")
        lender = settings.LENDER_NAME[_LENDER[self.language]]
        known = position.known_on
        head = [
            [self.word("lender"), lender],
            [self.word("loan"), position.loan_no],
            [self.word("borrower"), borrower],
            [self.word("as_of"), position.as_of.isoformat()],
            *([[self.word("known_on"), known.isoformat()]] if known else []),
            [self.word("currency"), position.currency],
            [self.word("dpd"), str(position.dpd)],
            [self.word("payoff"), self.money(position.payoff)],
            [self.word("made_at"), made],
        ]
        return {
            "lang": self.language,
            "region": {"zh": "cn", "en": "us"}[self.language],
            "lender": lender,
            "loan": position.loan_no,
            "made": made,
            "words": {name: one[self.language] for name, one in _words().items() if "zh" in one},
            "head": head,
            "parts": self._parts(),
            "rules": self._rules(),
            "instalments": self._instalments(),
            "run_head": self.heads(
                *("start", "until", "part", "base", "rate"),
                *(["paused"] if self.has_paused else []),
                *("days", "year_days", "exact"),
            ),
            "runs": [self._runs(one) for one in self.statement.instalments if _bore(one)],
            "entries": [self._entry(one) for one in self.statement.entries] + self._backs(),
            "payoff": self._payoff(),
        }

    def _parts(self) -> dict[str, Any]:
        arrears, outstanding = self.position.arrears, self.position.outstanding
        rows = [
            [
                self.word(part.value, "parts"),
                self.money(arrears[part]),
                self.money(outstanding[part]),
            ]
            for part in self.used
        ]
        totals = (self.position.arrears_total, sum(outstanding.values()))
        rows.append([self.word("together"), *(self.money(total) for total in totals)])
        if self.position.overpaid:
            rows.append([self.word("overpaid"), self.money(self.position.overpaid), ""])
        return {"head": self.heads("part", "due_now", "outstanding"), "rows": rows}

    def _rules(self) -> list[Row]:
        terms, statement = self.statement.terms, self.statement
        penalty, allocation = terms.penalty, terms.allocation
        rate = percent(yearly(statement.penalty_rate))
        if penalty.surcharge is not None:
            share = percent(str(penalty.surcharge))
            rate = f"{rate} ({self.word('surcharge', share=share)})"
        order = " → ".join(self.word(part.value, "parts") for part in allocation.order)
        compound = "with_compound" if penalty.compound else "no_compound"
        told = {
            "contract_rate": percent(f"{statement.contract_rate:f}"),
            "penalty_rate": rate,
            "penalty_base": self.word("overdue_principal"),
            "year_days": str(penalty.year_days),
            "compound": self.word(compound),
            "grace": f"{penalty.grace_days} · {self.word(penalty.grace_counts.value)}",
            "grace_days": f"{terms.grace_days} · {self.word(terms.grace_counts.value)}",
            "materiality": self._materiality(),
            "pauses": self._pauses(),
            "rounding": self.word("half_up"),
            "order": f"{self.word(allocation.style, 'styles')}: {order}",
            "payoff_interest": self.word(terms.payoff_interest, "interests"),
            "payoff_unearned": self.word(terms.payoff_unearned, "unearned"),
        }
        return [[self.word(name), text] for name, text in told.items()]

    def _materiality(self) -> str:
        """From which shortfall on an instalment counts as unpaid, which the days past due go by."""
        terms = self.statement.terms
        parts = self.word("listed").join(self.word(part.value, "parts") for part in terms.behind_by)
        amount = self.money(terms.materiality.amount_minor)
        share = percent(str(terms.materiality.share))
        return self.word("exceeds", parts=parts, amount=amount, share=share)

    def _pauses(self) -> str:
        terms = self.statement.terms
        penalty = "penalty_stops" if terms.penalty.stops_in_pause else "penalty_goes_on"
        days = "days_stop" if terms.pause_stops_days else "days_go_on"
        return self.word("listed").join(self.word(name, "in_pause") for name in (penalty, days))

    def _instalments(self) -> dict[str, Any]:
        head = ("number", "due_on", "part", "agreed", "charged", "borne", "paid", "waived", "open")
        return {
            "head": self.heads(*head, "late"),
            "rows": [row for one in self.statement.instalments for row in self._made_of(one)],
        }

    def _made_of(self, one: StatementInstalment) -> list[Row]:
        rows: list[Row] = []
        position = one.position
        for part in self.used:
            if not position.owed[part]:
                continue
            charged = sum(
                p.amount for _, p in one.changes if (p.part, p.column) == (part, Column.OWED)
            )
            amounts = (
                one.scheduled[part], charged, rounded(one.accrued.get(part, Fraction(0))),
                position.paid[part], position.waived[part], position.open_part(part),
            )  # fmt: skip
            name = ["", ""] if rows else [_number(one), position.due_on.isoformat()]
            late = str(one.days) if one.days and not rows else ""
            rows.append(
                [*name, self.word(part.value, "parts"), *(self.money(a) for a in amounts), late]
            )
        return rows

    def _runs(self, one: StatementInstalment) -> dict[str, Any]:
        waiting = [self.word("in_grace")] if one.waiting else []
        return {
            "title": " · ".join([self._named(one.position.seq, one.position.due_on), *waiting]),
            "rows": [row for run in (*one.runs, *one.waiting) for row in self._run(run)],
            "sums": [
                self.word(
                    "sum",
                    part=self.word(part.value, "parts"),
                    exact=self.exact(exact),
                    rounded=self.money(rounded(exact)),
                )
                for part, exact in one.accrued.items()
                if exact
            ],
        }

    def _run(self, run: Run) -> list[Row]:
        borne = ((Part.PENALTY, run.principal, run.penalty),
                 (Part.COMPOUND, run.interest, run.compound))  # fmt: skip
        year = str(self.statement.terms.penalty.year_days)
        paused = [str(run.paused)] if self.has_paused else []
        return [
            [
                run.start.isoformat(), run.until.isoformat(), self.word(part.value, "parts"),
                self.money(base), percent(yearly(run.rate)), *paused, str(run.days), year,
                self.exact(exact),
            ]
            for part, base, exact in borne
            if base
        ]  # fmt: skip

    def _entry(self, one: StatementEntry) -> dict[str, Any]:
        entry = one.entry
        amount = self.money(one.told) if entry.kind in _MONEY else ""
        if entry.kind == "penalty_rate":
            amount = percent(yearly(entry.amount))
        portions = [[self._portion(p), self.money(p.amount)] for p in one.portions]
        if entry.kind == "payment" and one.told != entry.amount:
            portions.append([self.word("taken_back"), self.money(one.told - entry.amount)])
        if one.left:
            portions.append([self.word("left"), self.money(one.left)])
        if one.used is not None and one.used != one.told:
            portions.append([self.word("used"), self.money(one.used)])
        if one.until:
            days = {"start": entry.day.isoformat(), "until": one.until.isoformat()}
            portions.append([self.word("paused_from", **days), ""])
        if one.moved:
            new = f"→ {one.moved.now.isoformat()}"
            portions.append([self._named(one.moved.seq, one.moved.was), new])
        title = f"{entry.day.isoformat()} · {self.word(entry.kind, 'kinds')} · {entry.number}"
        return {"title": title, "amount": amount, "portions": portions}

    def _backs(self) -> list[dict[str, Any]]:
        return [
            {
                "title": f"{one.day.isoformat()} · {self.word('back_entry')} · {one.number}",
                "amount": self.money(one.amount),
                "portions": [],
            }
            for one in self.statement.taken_back
        ]

    def _portion(self, portion: Portion) -> str:
        column = "" if portion.column is Column.PAID else self.word(portion.column.value, "columns")
        part = self.word(portion.part.value, "parts")
        named = self._named(portion.seq, portion.due_on)
        return " · ".join(filter(None, (named, part, column)))

    def _named(self, seq: int | None, due_on: date) -> str:
        due = due_on.isoformat()
        if seq is None:
            return self.word("charges", due=due)
        return self.word("instalment", seq=seq, due=due)

    def _payoff(self) -> dict[str, Any]:
        asked = [(one, one.asked) for one in self.statement.instalments]
        has_back = any(each.given_back for _, each in asked)
        rows = [
            [
                _number(one), one.position.due_on.isoformat(), self.money(each.rest),
                self.money(each.interest),
                *([self.money(-each.given_back) if each.given_back else ""] if has_back else []),
                f"{each.days} / {each.of_days}" if each.of_days else "",
            ]
            for one, each in asked
            if each.rest or each.interest or each.given_back
        ]  # fmt: skip
        total = f"{self.word('payoff')}: {self.money(self.position.payoff)}"
        if self.position.overpaid:
            less = f"{self.word('less_overpaid')}: {self.money(self.position.overpaid)}"
            total = f"{less} · {total}"
        back = ("given_back",) if has_back else ()
        head = ("number", "due_on", "rest", "interest_asked", *back, "elapsed")
        return {"head": self.heads(*head), "rows": rows, "total": total}


def percent(rate: str) -> str:
    """A fraction a year in per cent, with all its digits: ``0.1278`` is ``12.78%``."""
    return f"{(Decimal(rate) * 100).normalize():f}%"


def rounded(exact: Fraction) -> int:
    """What is owed of an exact amount."""
    return round_to(exact, rounding=Rounding.HALF_UP)


def _number(one: StatementInstalment) -> str:
    return "–" if one.position.seq is None else str(one.position.seq)


def _bore(one: StatementInstalment) -> bool:
    return bool(one.runs or one.waiting)
