"""The ASGI application: pages and API over HTTP, live updates over WebSockets."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trellis.settings")
http = get_asgi_application()

from engine.live import with_live  # noqa: E402  (models can be imported only after set-up)

application = with_live(http)
