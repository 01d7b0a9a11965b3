"""The settings of the installation that the browser looks at: static files as they lie in the folders."""

from webmagic.settings import *  # noqa: F403
from webmagic.settings import STORAGES

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
MAIL_DNS = "businesses.tests.recorded.NoDns"
SENDER_DNS = "campaigns.tests.dns_server.NoDns"
