from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "carrears.signin"
    label = "signin"

    def ready(self) -> None:
        from carrears.signin import watching  # noqa: PLC0415  models load after apps

        watching.connect()
