"""Every address: the screens, signing in, the API."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from carrears.api import api
from carrears.workbench.views import errors, health, sign_in

urlpatterns = [
    path("", include("carrears.workbench.urls")),
    path("sign-in/", sign_in.sign_in, name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", api.urls),
    path("healthz", health.show_health, name="health"),
]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.missing
handler500 = errors.broken
