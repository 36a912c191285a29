"""Of every column that can hold text it is known what may stand in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

_TEXT = (models.TextField, models.CharField, models.JSONField, models.BinaryField, ArrayField)
_TOLD: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("text_columns.yaml").read_text(encoding="utf-8")
)


def _there() -> dict[str, models.Field[Any, Any]]:
    return {
        f"{model._meta.label}.{field.name}": field
        for model in apps.get_models()
        if model.__module__.startswith("carrears.")
        for field in model._meta.concrete_fields
        if isinstance(field, _TEXT)
    }


def _classed() -> list[tuple[str, str]]:
    return [
        (f"{label}.{name}", kind)
        for label, kinds in _TOLD["columns"].items()
        for kind, names in kinds.items()
        for name in names
    ]


def test_every_column_that_can_hold_text_is_classed_once() -> None:
    classed = Counter(name for name, _ in _classed())
    assert {name for name, times in classed.items() if times > 1} == set()
    assert set(classed) == set(_there())
    assert {kind for _, kind in _classed()} == set(_TOLD["classes"])


@pytest.mark.parametrize("kind", ["sealed", "bytes"])
def test_what_is_no_text_is_stored_as_none(kind: str) -> None:
    columns = [_there()[name] for name, told in _classed() if told == kind]
    plain = [
        one
        for one in columns
        if not isinstance(getattr(one, "base_field", one), models.BinaryField)
    ]
    assert plain == []


def test_what_is_emptied_may_be_empty() -> None:
    emptied = [_there()[name] for name, kind in _classed() if kind == "emptied"]
    assert [one for one in emptied if not one.blank] == []
    assert len(emptied) > 5
