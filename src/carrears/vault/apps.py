from django.apps import AppConfig


class VaultConfig(AppConfig):
    """The room ``vault``."""

    name = "carrears.vault"
    label = "vault"
