from django.apps import AppConfig


class OutreachConfig(AppConfig):
    """The room ``outreach``."""

    name = "carrears.outreach"
    label = "outreach"
