from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """The room ``analytics``."""

    name = "carrears.analytics"
    label = "analytics"
