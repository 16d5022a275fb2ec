"""The web process: pages and API by Django, sockets by Channels, PyTorch loaded in the background."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  Django must be set up before these
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from playground.incoming import BoundedBody  # noqa: E402
from playground.probe.consumers import ProbeSocket  # noqa: E402
from playground.probe.looking import warm_in_background  # noqa: E402
from playground.runs.consumers import RunSocket  # noqa: E402
from playground.runs.studies.consumers import StudySocket  # noqa: E402
from playground.sockets import SameOrigin  # noqa: E402

sockets = URLRouter(
    [
        path("ws/runs/<uuid:run>/", RunSocket.as_asgi()),
        path("ws/studies/<uuid:study>/", StudySocket.as_asgi()),
        path("ws/probe/", ProbeSocket.as_asgi()),
    ]
)
application = ProtocolTypeRouter(
    {"http": BoundedBody(pages), "websocket": SameOrigin(AuthMiddlewareStack(sockets))}
)
warm_in_background()
