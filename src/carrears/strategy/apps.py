from django.apps import AppConfig


class StrategyConfig(AppConfig):
    """The room ``strategy``."""

    name = "carrears.strategy"
    label = "strategy"
