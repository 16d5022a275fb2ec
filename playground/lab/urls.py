from django.urls import path
from django.views.generic import RedirectView

from playground.lab import health, views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="lab", query_string=True)),
    path("lab/", views.lab, name="lab"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
