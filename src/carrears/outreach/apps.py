from django.apps import AppConfig


class OutreachConfig(AppConfig):
    """The room ``outreach``."""

    name = "carrears.outreach"
    label = "outreach"

    def ready(self) -> None:
        from carrears.outreach import told_of  # noqa: PLC0415  models load after apps

        told_of.connect()
