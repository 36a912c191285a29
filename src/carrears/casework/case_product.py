"""The product of a case's loan."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from carrears.casework.models import Case
from carrears.portfolio.products import Product, load_products


def product_of(case: Case) -> Product:
    """The terms of the case's product, as the lender has them now.

    Raises:
        KeyError: the lender has no such product any more.
        ProductError: the file of products cannot be used.
    """
    return load_products(Path(settings.CARREARS_HOME))[case.product]
