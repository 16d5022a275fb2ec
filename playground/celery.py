"""Celery, which rings the bell for work; what is done next is read from the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
# Django's checks read all addresses and all of the API, which a worker has no use for: it would start a third
# of a second later, also after it was killed. Web and migrations make them.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("playground")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["playground.runs", "playground.operation"])
