"""Addresses: where the page can be reached, which host names it accepts, whether a port is free."""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
from pathlib import Path

from setup.words import Missing

EVERYWHERE = {"0.0.0.0", "::"}
LOOPBACK = ["localhost", "127.0.0.1", "::1"]


def accepted(host: str) -> list[str]:
    """The host names that the page answers to when it listens at `host`, the machine's own ones included."""
    if is_loopback(host):
        return [bracketed(name) for name in LOOPBACK]
    names = [host] if host not in EVERYWHERE else [*own_addresses(), *own_names()]
    return [bracketed(name) for name in dict.fromkeys([*names, *LOOPBACK])]


def shown(host: str, port: int) -> list[str]:
    """The addresses to print: where people can open the page."""
    names = [host]
    if host in EVERYWHERE:
        loopback = "127.0.0.1" if host == "0.0.0.0" else "::1"
        version = 4 if host == "0.0.0.0" else 6
        own = [name for name in own_addresses() if ipaddress.ip_address(name).version == version]
        names = [loopback, *own, *own_names()]
    return [f"http://{bracketed(name)}:{port}/" for name in dict.fromkeys(names)]


def reachable(host: str) -> str:
    """The address at which this machine itself reaches a server that listens at `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def own_addresses() -> list[str]:
    """The addresses of this machine, without loopback and link-local ones."""
    found = [*kernel_v4(Path("/proc/net/fib_trie")), *kernel_v6(Path("/proc/net/if_inet6")), *resolved()]
    return [name for name in dict.fromkeys(found) if is_useful(name)]


def own_names() -> list[str]:
    """The names of this machine: as it calls itself, and as others on the local network may find it."""
    name = socket.gethostname()
    full = socket.getfqdn()
    names = [name, full, f"{name.split('.')[0]}.local"]
    return [one for one in dict.fromkeys(names) if one and "localhost" not in one and not is_address(one)]


def kernel_v4(table: Path) -> list[str]:
    """IPv4 addresses of the interfaces as Linux lists them: a leaf followed by '/32 host LOCAL'."""
    text = table.read_text() if table.exists() else ""
    return re.findall(r"\|-- (\S+)\n\s+/32 host LOCAL", text)


def kernel_v6(table: Path) -> list[str]:
    """IPv6 addresses of the interfaces as Linux lists them: 32 hexadecimal digits at the start of a line."""
    text = table.read_text() if table.exists() else ""
    return [
        str(ipaddress.IPv6Address(bytes.fromhex(digits)))
        for digits in re.findall(r"^([0-9a-f]{32})", text, re.M)
    ]


def resolved() -> list[str]:
    """Addresses that the machine's own name leads to (all that other systems than Linux offer simply)."""
    try:
        return [str(entry[4][0]).split("%")[0] for entry in socket.getaddrinfo(socket.gethostname(), None)]
    except OSError:
        return []


def is_useful(name: str) -> bool:
    """Whether somebody else could open a page at this address."""
    address = ipaddress.ip_address(name)
    return not (
        address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach a server at `host`."""
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def is_address(name: str) -> bool:
    """Whether this is an address, not a name."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def bracketed(name: str) -> str:
    """A host as it stands in a URL: IPv6 addresses in brackets."""
    return f"[{name}]" if ":" in name else name


def require_free(host: str, port: int) -> None:
    """Says in plain words why a server could not listen here, before anything is started."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Missing(refusal(error, host, port)) from error


def refusal(error: OSError, host: str, port: int) -> str:
    """Why the machine refuses this host and port, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program. Choose another one:  ./play --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for root. Choose one above 1023, for example:  ./play --port 8000"
    return f"This machine can't listen at {host}: {error.strerror}. Everywhere is:  ./play --host 0.0.0.0"
