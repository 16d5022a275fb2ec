from django.urls import path

from playground.accounts import views

urlpatterns = [
    path("enter/<str:secret>/", views.enter, name="enter"),
]
