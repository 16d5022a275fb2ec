"""Sessions in the database, looked for only by what can be the key of one."""

import re
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as Kept

KEY = re.compile("[a-z0-9]{8,40}")


class SessionStore(Kept):
    """A cookie that is no key stands for no session: PostgreSQL would refuse to look for some of them."""

    def _validate_session_key(self, key: Any) -> bool:
        return isinstance(key, str) and KEY.fullmatch(key) is not None
