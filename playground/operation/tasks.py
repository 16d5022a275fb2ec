"""What a worker does for the whole server: it sweeps once an hour, whichever comes first.

In a thread of a worker, because workers are there wherever something is made that has to be swept, and
another process would be one more that can be forgotten.
"""

import logging
import threading
import time
from typing import Any

from celery import signals
from django.db import close_old_connections, connection

from playground.operation.sweeping import sweep

logger = logging.getLogger(__name__)
LOOK_EVERY = 300.0  # seconds


@signals.worker_ready.connect
def begin(**_: Any) -> None:
    """A worker starts: from now on it sweeps beside its work."""
    threading.Thread(target=_sweep_hourly, name="sweep", daemon=True).start()


def _sweep_hourly() -> None:
    while True:
        time.sleep(LOOK_EVERY)
        try:
            close_old_connections()
            sweep()
        except Exception:
            logger.exception("the sweep failed; it is tried again")
        finally:
            connection.close()
