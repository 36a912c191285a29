from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """The room ``exchange``."""

    name = "carrears.exchange"
    label = "exchange"
