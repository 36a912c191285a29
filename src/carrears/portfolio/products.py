"""Terms of each product that the book cannot say by itself."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carrears import layout

# What delinquency must know of each product.
TERMS = pa.schema(
    [
        pa.field("product", pa.string()),
        pa.field("grace_days", pa.int32()),
        pa.field("materiality_minor", pa.int64()),
        pa.field("materiality_share", layout.RATE),
    ]
)


class ProductError(ValueError):
    """A products file that cannot be used; names the file and what is wrong in it."""


class Materiality(BaseModel):
    """Shortfalls up to the larger of the two do not count as unpaid."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount_minor: int = Field(default=0, ge=0)
    share: Decimal = Field(default=Decimal(0), ge=0, lt=1)


class Product(BaseModel):
    """One product's terms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    grace_days: int = Field(default=0, ge=0)
    materiality: Materiality = Materiality()
    jurisdiction: str = "cn"
    time_zone: str = "Asia/Shanghai"
    locale: str = "zh-CN"


_SHIPPED = Path(__file__).with_name("products.yaml")


class Products:
    """All products of a lender; one that is not named takes the default's terms."""

    def __init__(self, named: dict[str, Product]) -> None:
        self._named = named

    def __getitem__(self, name: str) -> Product:
        return self._named.get(name, self._named["default"])

    @property
    def as_text(self) -> str:
        """All terms in one form, to tell whether any of them changed."""
        return "\n".join(f"{n} {self._named[n].model_dump_json()}" for n in sorted(self._named))

    def terms(self, names: list[str]) -> pa.Table:
        """The terms that delinquency needs, a row for each of ``names``."""
        chosen = [self[name] for name in names]
        rows = [
            {
                "product": name,
                "grace_days": product.grace_days,
                "materiality_minor": product.materiality.amount_minor,
                "materiality_share": product.materiality.share,
            }
            for name, product in zip(names, chosen, strict=True)
        ]
        return pa.Table.from_pylist(rows, schema=TERMS)


def load_products(home: Path) -> Products:
    """The shipped terms, overridden by ``home/products.yaml`` where a lender keeps one.

    Raises:
        ProductError: a file that is no mapping of products, or a term out of its range.
    """
    own = home / "products.yaml"
    return _merge(own if own.exists() else None, own.stat().st_mtime_ns if own.exists() else 0)


@cache
def _merge(own: Path | None, _changed_ns: int) -> Products:
    named = _read(_SHIPPED)
    return Products(named | (_read(own) if own else {}))


def _read(path: Path) -> dict[str, Product]:
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ProductError(f"{path}: not YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ProductError(f"{path}: products are expected as a mapping of names to terms")
    try:
        return {str(name): Product.model_validate(terms or {}) for name, terms in raw.items()}
    except ValidationError as error:
        raise ProductError(f"{path}: {error}") from error
