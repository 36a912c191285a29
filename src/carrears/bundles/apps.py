from django.apps import AppConfig


class BundlesConfig(AppConfig):
    """The room ``bundles``."""

    name = "carrears.bundles"
    label = "bundles"

    def ready(self) -> None:
        from carrears.bundles import told_of  # noqa: PLC0415  models load after apps

        told_of.connect()
