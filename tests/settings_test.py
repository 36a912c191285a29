"""The settings of the tests: a home of their own, so that no lender's data is touched."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "CARREARS_TEST_HOME" not in os.environ:
    os.environ["CARREARS_TEST_HOME"] = tempfile.mkdtemp(prefix="carrears-test-")
    atexit.register(shutil.rmtree, os.environ["CARREARS_TEST_HOME"], ignore_errors=True)
# Each of several test processes has its own.
_home = Path(os.environ["CARREARS_TEST_HOME"], os.environ.get("PYTEST_XDIST_WORKER", ""))
_home.mkdir(exist_ok=True)
os.environ["CARREARS_HOME"] = str(_home)

from carrears.settings import *  # noqa: E402, F403
from carrears.settings import STATIC_ROOT

STATIC_ROOT.mkdir(parents=True, exist_ok=True)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
