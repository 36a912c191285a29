from django.apps import AppConfig


class InboxConfig(AppConfig):
    """The room ``inbox``."""

    name = "carrears.inbox"
    label = "inbox"

    def ready(self) -> None:
        from carrears.inbox import told_of  # noqa: PLC0415  models load after apps

        told_of.connect()
