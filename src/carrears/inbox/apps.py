from django.apps import AppConfig


class InboxConfig(AppConfig):
    """The room ``inbox``."""

    name = "carrears.inbox"
    label = "inbox"
