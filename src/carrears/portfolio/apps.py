from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    """The room ``portfolio``."""

    name = "carrears.portfolio"
    label = "portfolio"
