from django.apps import AppConfig


class RightsConfig(AppConfig):
    """The room ``rights``."""

    name = "carrears.rights"
    label = "rights"

    def ready(self) -> None:
        from carrears.rights import told_of  # noqa: PLC0415  models load after apps

        told_of.connect()
