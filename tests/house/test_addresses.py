"""Where the page can be reached and which names it accepts."""

import socket

import pytest

from setup import addresses
from setup.words import Missing

FIB_TRIE = """Main:
     +-- 192.0.2.0/30 2 0 2
           |-- 192.0.2.0
              /24 link UNICAST
           |-- 192.0.2.7
              /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
"""


def test_only_the_machine_itself_is_let_in_at_loopback():
    assert addresses.accepted("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]


def test_everywhere_means_the_machines_own_addresses_and_names(monkeypatch):
    monkeypatch.setattr(addresses, "own_addresses", lambda: ["192.0.2.7", "2001:db8::5"])
    monkeypatch.setattr(addresses, "own_names", lambda: ["school-pc", "school-pc.local"])
    accepted = addresses.accepted("0.0.0.0")
    assert accepted[:4] == ["192.0.2.7", "[2001:db8::5]", "school-pc", "school-pc.local"]
    assert "localhost" in accepted
    assert addresses.shown("0.0.0.0", 81) == [
        "http://127.0.0.1:81/",
        "http://192.0.2.7:81/",
        "http://school-pc:81/",
        "http://school-pc.local:81/",
    ]


def test_one_address_is_accepted_and_shown_as_it_was_given():
    assert addresses.accepted("192.0.2.7")[0] == "192.0.2.7"
    assert addresses.shown("::1", 8000) == ["http://[::1]:8000/"]


def test_the_kernels_tables_are_read(tmp_path):
    (tmp_path / "fib_trie").write_text(FIB_TRIE)
    (tmp_path / "if_inet6").write_text("20010db8000000000000000000000005 02 40 00 80     eth0\n")
    assert addresses.kernel_v4(tmp_path / "fib_trie") == ["192.0.2.7"]
    assert addresses.kernel_v6(tmp_path / "if_inet6") == ["2001:db8::5"]
    assert addresses.kernel_v4(tmp_path / "missing") == []


def test_addresses_that_nobody_else_can_open_are_left_out():
    shown = ["127.0.0.9", "::1", "fe80::1", "169.254.1.1", "0.0.0.0", "192.0.2.7"]
    assert [name for name in shown if addresses.is_useful(name)] == ["192.0.2.7"]


def test_a_port_in_use_is_said_in_plain_words():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Missing, match=f"Port {port} is in use .* --port {port + 1}"):
            addresses.require_free("127.0.0.1", port)
    addresses.require_free("127.0.0.1", port)


def test_a_host_of_another_machine_is_refused_in_plain_words():
    with pytest.raises(Missing, match=r"can't listen at 192\.0\.2\.99"):
        addresses.require_free("192.0.2.99", 8000)
