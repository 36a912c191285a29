"""What staff are alerted of, and how that is said; nothing of it is about a person."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from carrears.yamls import load_yaml

Language = Literal["zh-CN", "en-US"]


class AlertKind(StrEnum):
    """One matter that may be amiss; ``words.yaml`` says each in both languages."""

    WORKER = "worker"  # background jobs are overdue
    SENDER = "sender"  # messages wait for longer than a verdict is good for
    DAY_RUN = "day_run"  # late, or begun and not ended
    SEQUENCER = "sequencer"  # evidence that no checkpoint vouches for
    WITNESS_REFUSES = "witness_refuses"  # roll-back, fork, cut tail, a history signed anew
    WITNESS_SILENT = "witness_silent"
    WITNESS_POLICY = "witness_policy"  # unreadable, lacks a witness, or changed
    TIME_STAMPS = "time_stamps"  # false, or overdue
    ANCHORS = "anchors"  # contradicted, or overdue
    LOG_CHECK = "log_check"  # failed, or overdue
    EVIDENCE_CHECK = "evidence_check"  # objects or recordings were not found as they were stored
    PERSON_KEYS = "person_keys"  # data keys of people that do not open
    MAILBOX = "mailbox"  # the last look into it failed
    DEAD_LETTERS = "dead_letters"
    GATE = "gate"  # it stops far more than it uses to
    SERVICE_LEVEL = "service_level"
    POOL = "pool"  # cases that nobody works
    RULES = "rules"  # values that nobody vouches for any more
    UNTOLD = "untold"  # alerts that a target did not take
    CHECK = "check"  # a check of these failed itself


class Words(BaseModel):
    """How one kind is said; ``line`` takes the figures of its sign."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Mapping[Language, str]
    line: Mapping[Language, str]


def say(kind: AlertKind, figures: Mapping[str, int], language: Language) -> str:
    """The title and what is amiss, in one line."""
    words = _words()[kind]
    colon = "：" if language == "zh-CN" else ": "
    return f"{words.title[language]}{colon}{words.line[language].format_map(figures)}"


@cache
def _words() -> Mapping[AlertKind, Words]:
    raw = load_yaml(Path(__file__).with_name("words.yaml").read_bytes())
    return {kind: Words.model_validate(raw[kind]) for kind in AlertKind}
