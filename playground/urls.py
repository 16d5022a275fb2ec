"""Every address of the web process."""

from django.urls import include, path

from playground.api import api

urlpatterns = [
    path("", include("playground.lab.urls")),
    path("", include("playground.accounts.urls")),
    path("", include("playground.operation.urls")),
    path("api/", api.urls),
]
