from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    """The room ``experiments``."""

    name = "carrears.experiments"
    label = "experiments"
