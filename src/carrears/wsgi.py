"""The entry for web servers."""

import os
import threading

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import reverse

from carrears.delinquency.reckoning.position import make_ready
from carrears.memory import begin, settle
from carrears.tracing import start_tracing

begin()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carrears.settings")
settings.DATABASES["default"] = settings.WEB_DATABASE  # before anything connects
start_tracing("carrears-web")  # before the application asks for its middleware
application = get_wsgi_application()
reverse("workbench:queue")  # all pages are read in now, not while the first visitor waits
settle()
threading.Thread(target=make_ready, name="ledger", daemon=True).start()
