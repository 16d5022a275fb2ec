from django.urls import path
from django.views.generic import RedirectView

from playground.lab import views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="lab", query_string=True)),
    path("lab/", views.lab, name="lab"),
    path("studies/<uuid:study>/", views.study, name="study"),
]
