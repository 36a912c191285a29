"""A company's identity provider as a process of its own: allauth's, on loopback, with SQLite.

``python company_process.py FOLDER``: serves, and writes its port to FOLDER/port. FOLDER/mood.json
says on each request who is signed in there, what its id tokens say besides, and by which key they
are signed: ``{"user": name, "claims": {...}, "key": "first" | "second", "back": address}``, the
last for a client elsewhere than at the tests' own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

FOLDER = Path(sys.argv[1])
CLIENT_ID, CLIENT_SECRET = "carrears", "the-secret-of-the-client"
BACK = "http://testserver/sign-in/company/sso/back/"


def mood() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "mood.json").read_text())
    return found


def configure() -> None:
    from django.conf import settings  # noqa: PLC0415  a process of its own

    settings.configure(
        SECRET_KEY="of-a-test",
        DEBUG=False,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="company_process",
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "idp.sqlite")}
        },
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "allauth",
            "allauth.account",
            "allauth.idp",
            "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "company_process.SignedIn",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        IDP_OIDC_PRIVATE_KEY="replaced by the adapter",
        IDP_OIDC_ADAPTER="company_process.Provider",
        IDP_OIDC_RP_INITIATED_LOGOUT_ASKS_FOR_OP_LOGOUT=False,
        USE_TZ=True,
    )
    import django  # noqa: PLC0415

    django.setup()


class SignedIn:
    """Whoever the mood names is signed in at the company already."""

    def __init__(self, get_response: Any) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        from allauth.idp.oidc.models import Client  # noqa: PLC0415
        from django.contrib.auth.models import User  # noqa: PLC0415

        told = mood()
        request.user, _ = User.objects.get_or_create(username=told["user"])
        Client.objects.update(redirect_uris=told.get("back", BACK))
        return self._get_response(request)


def fill() -> None:
    from allauth.idp.oidc.models import Client  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    client = Client(
        id=CLIENT_ID, name="Carrears", scopes="openid\nprofile\nemail",
        redirect_uris=BACK, skip_consent=True,
    )  # fmt: skip
    client.set_secret(CLIENT_SECRET)
    client.save()


def adapter() -> Any:
    from allauth.idp.oidc.adapter import DefaultOIDCAdapter  # noqa: PLC0415
    from allauth.idp.oidc.models import PrivateKey  # noqa: PLC0415

    class Provider(DefaultOIDCAdapter):  # type: ignore[misc]
        def list_private_keys(self, **_: Any) -> list[Any]:
            told = mood()
            shown = told.get("shown", told["key"]) if "jwks" in self.request.path else told["key"]
            return [PrivateKey(pem=(FOLDER / f"{shown}.pem").read_text())]

        def get_user_sub(self, client: Any, user: Any) -> str:  # noqa: ARG002  allauth's
            return f"subject-of-{user.username}"

        def get_user_by_sub(self, client: Any, sub: str) -> Any:  # noqa: ARG002  allauth's
            from django.contrib.auth.models import User  # noqa: PLC0415

            return User.objects.filter(username=sub.removeprefix("subject-of-")).first()

        def get_issuer(self) -> str:
            told: str = mood().get("issuer", super().get_issuer())
            return told

        def populate_id_token(self, id_token: dict[str, Any], *_: Any, **__: Any) -> None:
            id_token.update(mood().get("claims", {}))

    return Provider


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


if __name__ != "__main__" and "django" in sys.modules:
    from django.urls import include, path

    Provider = adapter()
    urlpatterns = [path("", include("allauth.idp.urls"))]

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    configure()
    fill()
    from django.core.wsgi import get_wsgi_application

    server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet)
    (FOLDER / "port.new").write_text(str(server.server_port))
    (FOLDER / "port.new").replace(FOLDER / "port")
    server.serve_forever()
