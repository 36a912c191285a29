"""What the early-warning table may answer, in words: levels and reasons."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from carrears.resources import shipped
from carrears.yamls import load_yaml


class CatalogueError(ValueError):
    """A catalogue that cannot be used; names the file and what is wrong in it."""


class Words(BaseModel):
    """A code in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str


class Catalogue(BaseModel):
    """All codes. A lender's own table may answer others: they are shown as they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    levels: dict[str, Words]
    reasons: dict[str, Words]


@cache
def load_catalogue(path: Path | None = None) -> Catalogue:
    """The shipped catalogue, or that in ``path``.

    Raises:
        CatalogueError: no such file, or an entry without both languages.
    """
    where = path or shipped("strategies") / "warnings.yaml"
    try:
        return Catalogue.model_validate(load_yaml(where.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise CatalogueError(f"{where}: {error}") from error
