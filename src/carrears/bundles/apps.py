from django.apps import AppConfig


class BundlesConfig(AppConfig):
    """The room ``bundles``."""

    name = "carrears.bundles"
    label = "bundles"
