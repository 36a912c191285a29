from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    """The room ``agencies``."""

    name = "carrears.agencies"
    label = "agencies"

    def ready(self) -> None:
        """The night counts what agencies are owed, in a room left of this one."""
        from carrears.agencies.statements import commission_of_house  # noqa: PLC0415  models load after apps
        from carrears.dayrun.house_figures import register_commission  # noqa: PLC0415  see above

        register_commission(commission_of_house)
