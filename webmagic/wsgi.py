"""The web process."""

import os
import sys

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webmagic.settings")
application = get_wsgi_application()
reverse("admin:index")  # all addresses and their pages are loaded now, not while the first visitor waits
# A thread that computes long, to take hits in or to draw a page, lets the others answer after a millisecond, not five.
sys.setswitchinterval(0.001)
