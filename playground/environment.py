"""How playground/settings.py reads variables of the environment, each refused where it makes no sense."""

import os
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured


def env_text(name: str, default: str = "") -> str:
    """A variable as text; an empty one counts as missing."""
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, default: bool = False) -> bool:
    """A variable as yes or no; anything else than 0/1, no/yes, false/true, off/on is refused."""
    words = {
        "1": True,
        "yes": True,
        "true": True,
        "on": True,
        "0": False,
        "no": False,
        "false": False,
        "off": False,
    }
    text = env_text(name, "1" if default else "0").lower()
    if text not in words:
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {text!r}.")
    return words[text]


def env_int(name: str, default: int, least: int = 1) -> int:
    """A variable as a whole number; anything else, or one below `least`, is refused."""
    text = env_text(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {text!r}.")
    return int(text)


def env_list(name: str, default: str = "") -> list[str]:
    """A variable as comma-separated texts."""
    return [part.strip() for part in env_text(name, default).split(",") if part.strip()]


def env_folder(name: str, default: Path | None) -> Path | None:
    """A variable as an absolute folder."""
    text = env_text(name)
    return Path(text).expanduser().resolve() if text else default


def env_rates(name: str, default: str) -> tuple[str, str]:
    """Two rates like "20/minute 400/minute": of one person, and of everybody behind one address."""
    rates = env_text(name, default).split()
    if len(rates) != 2 or not all(re.fullmatch(r"[1-9]\d*/(second|minute|hour|day)", rate) for rate in rates):
        raise ImproperlyConfigured(f"{name} must be two rates like {default!r}, not {' '.join(rates)!r}.")
    return rates[0], rates[1]


def memory_of_this_machine() -> int:
    """Bytes of memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def kept_secret(path: Path) -> str:
    """The secret in this file, made with mode 0600 when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(fresh, path)  # fails where another process was faster: then its secret counts
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    secret = path.read_text().strip()
    if len(secret) < 32:
        raise ImproperlyConfigured(f"{path} holds no usable secret: delete it and start again.")
    return secret


def celery_address(redis_url: str) -> str:
    """The address of Redis in Celery's spelling: redis-py says unix://, Celery redis+socket://."""
    if redis_url.startswith("unix://"):
        return "redis+socket://" + redis_url.removeprefix("unix://").replace("?db=", "?virtual_host=")
    if redis_url.startswith(("redis://", "rediss://")):
        return redis_url
    raise ImproperlyConfigured(
        f"REDIS_URL must begin with unix://, redis:// or rediss://, not {redis_url!r}."
    )


def file_storage(url: str) -> dict[str, Any]:
    """Where checkpoints and weights lie: files of home, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME."""
    if not url:
        return {"BACKEND": "playground.storage.WholeFileStorage"}
    where, asked = urlsplit(url), dict(parse_qsl(urlsplit(url).query))
    names = {"endpoint": "endpoint_url", "region": "region_name", "addressing": "addressing_style"}
    if where.scheme != "s3" or not where.netloc or set(asked) - set(names):
        raise ImproperlyConfigured(
            f"STORAGE_URL must be s3://BUCKET/PREFIX?endpoint=URL&region=NAME&addressing=path, not {url!r}."
        )
    options = {names[name]: value for name, value in asked.items()}
    place = {"bucket_name": where.netloc, "location": where.path.strip("/")}
    return {"BACKEND": "playground.bucket.BucketStorage", "OPTIONS": {**place, **options}}
