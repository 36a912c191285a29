from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "carrears.signin"
    label = "signin"

    def ready(self) -> None:
        from carrears.signin import sessions, watching  # noqa: PLC0415  models load after apps

        sessions.connect()
        watching.connect()
