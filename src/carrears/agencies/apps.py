from datetime import date

from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    """The room ``agencies``."""

    name = "carrears.agencies"
    label = "agencies"

    def ready(self) -> None:
        """The night counts what agencies are owed, in a room left of this one."""
        from carrears.dayrun.commission import register_commission  # noqa: PLC0415  as all rooms

        register_commission(_commission)
        from carrears.agencies import told_of  # noqa: PLC0415  models load after apps

        told_of.connect()


def _commission(first: date, last: date, currency: str) -> int:
    from carrears.agencies.statements import (  # noqa: PLC0415  it reads books, which few commands do
        commission_of_house,
    )

    return commission_of_house(first, last, currency)
