from django.apps import AppConfig


class ConductConfig(AppConfig):
    """The room ``conduct``."""

    name = "carrears.conduct"
    label = "conduct"
