"""Rate limits: how often a person, and everybody behind one address together, may do what costs something.

A school has one address for all its pupils, so an address may do many times what a person may. Redis
counts for all web processes; while it does not answer, every process counts for itself, so that the
limits still hold, only looser. Whoever runs this server (staff) is not limited.
"""

import ipaddress
import time
from functools import cache
from math import ceil
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry

from playground.live import wire
from playground.problems import TooOften


def count(what: str, request: HttpRequest) -> None:
    """Counts one of `what`, a key of settings.RATES, for who asks; raises TooOften if it is one too many."""
    person = getattr(request, "auth", None) or request.user
    if not settings.RATE_LIMITS or person.is_staff:
        return
    of_person, of_address = settings.RATES[what]
    if person.is_authenticated:
        _count(what, of_person, f"person:{person.pk}", everybody=False)
    address = address_of(request)
    if address:
        _count(what, of_address, f"address:{address}", everybody=True)


def address_of(request: HttpRequest) -> str:
    """From where a request comes; of IPv6 the network, because one home has as many addresses as it likes."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a socket file has no address
        return ""
    if address.version == 6 and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _count(what: str, rate: str, whose: str, everybody: bool) -> None:
    limit = parse(rate)
    shared = wire().ask(lambda _: _hit(_of_all(), limit, what, whose))
    wait = _hit(_of_this_process(), limit, what, whose) if shared is None else shared
    if wait:
        whose = "everybody behind your address together" if everybody else "each"
        raise TooOften(
            f"This server takes {limit.amount:,} {what} in {_window(limit)} from {whose}. "
            f"Please try again in {wait} s.",
            wait,
        )


def _window(limit: RateLimitItem) -> str:
    name = limit.GRANULARITY.name
    return f"{limit.multiples} {name}s" if limit.multiples > 1 else f"one {name}"


def _hit(counter: MovingWindowRateLimiter, limit: RateLimitItem, what: str, whose: str) -> int:
    """0 where it is allowed, else the seconds until it is."""
    if counter.hit(limit, what, whose):
        return 0
    return max(1, ceil(counter.get_window_stats(limit, what, whose).reset_time - time.time()))


@cache
def _of_all() -> MovingWindowRateLimiter:
    options: dict[str, Any] = {
        "socket_connect_timeout": 0.5,
        "socket_timeout": 2,
        "retry": Retry(NoBackoff(), 1),
    }
    return MovingWindowRateLimiter(RedisStorage(settings.REDIS_URL, key_prefix="rate", **options))


@cache
def _of_this_process() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())
