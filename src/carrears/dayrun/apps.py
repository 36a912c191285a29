from django.apps import AppConfig


class DayrunConfig(AppConfig):
    """The room ``dayrun``."""

    name = "carrears.dayrun"
    label = "dayrun"
