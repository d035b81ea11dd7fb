"""The guard's verdicts, and turn-taking with hosts."""

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FetchError, Refused
from bot.sources.guard import Guard, is_public, literal
from bot.sources.manners import Manners

PRIVATE = st.one_of(
    *(
        st.ip_addresses(v=4, network=network)
        for network in (
            "10.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "0.0.0.0/8",
            "224.0.0.0/4",
        )
    )
)


@given(PRIVATE)
def test_private_address_is_refused_in_every_mapping(inner: IPv4Address) -> None:
    number = int(inner)
    mappings = [
        inner,
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address((0x0064FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
        IPv6Address(number),
    ]
    assert not any(is_public(address) for address in mappings)


@given(PRIVATE)
def test_private_address_is_refused_in_every_spelling(inner: IPv4Address) -> None:
    octets = str(inner).split(".")
    spellings = [
        str(inner),
        str(int(inner)),
        hex(int(inner)),
        ".".join(oct(int(o)).replace("0o", "0") for o in octets),
    ]
    for spelling in spellings:
        found = literal(spelling)
        assert found is not None
        assert not is_public(found)


@given(st.ip_addresses(v=6))
def test_every_ipv6_address_gets_a_verdict(address: IPv6Address) -> None:
    assert is_public(address) in (True, False)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_open_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "::1",
        "::",
        "ff02::1",
        "255.255.255.255",
    ],
)
def test_insides_of_clouds_and_networks_are_not(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    ("allow", "host", "address"),
    [
        ("nas.lan", "nas.lan", "192.168.1.5"),
        ("*.lan", "NAS.lan.", "192.168.1.5"),
        ("192.168.1.0/24", "anything.example", "192.168.1.5"),
        ("192.168.1.5", "192.168.1.5", "192.168.1.5"),
        ("fd00::/8", "x.example", "fd00::1"),
    ],
)
def test_owner_may_allow_hosts_and_networks(allow: str, host: str, address: str) -> None:
    Guard((allow,)).check_address(host, ip_address(address))
    with pytest.raises(Refused):
        Guard(("other.lan", "10.9.0.0/16")).check_address(host, ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "a.localhost",
        "router",
        "x.local",
        "x.home.arpa",
        "x.internal",
        "127.1",
    ],
)
def test_local_names_are_refused_where_nothing_is_resolved(host: str) -> None:
    with pytest.raises(Refused):
        Guard().check_name(host)


def test_ordinary_names_pass() -> None:
    Guard().check_name("news.example.org")
    Guard(("router",)).check_name("router")


# --- turn-taking ----------------------------------------------------------------------------


async def test_requests_to_one_host_start_apart_and_others_do_not_wait() -> None:
    time, slept = [100.0], []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        time[0] += seconds

    manners = Manners(at_once=9, per_host=9, spacing=2.0, clock=lambda: time[0], sleep=sleep)
    for host in ("a", "a", "b", "a"):
        async with manners.turn(host):
            pass
    assert slept == [2.0, 2.0]
    async with manners.turn("a", spaced=False):
        assert slept == [2.0, 2.0]


async def test_host_gets_only_so_many_requests_at_once() -> None:
    manners = Manners(at_once=9, per_host=2, spacing=0.0, clock=lambda: 0.0)
    inside, most, leave = [0], [0], asyncio.Event()

    async def visit() -> None:
        async with manners.turn("a"):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            await leave.wait()
            inside[0] -= 1

    visits = [asyncio.ensure_future(visit()) for _ in range(5)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert inside[0] == 2
    leave.set()
    await asyncio.gather(*visits)
    assert most[0] == 2
    assert manners._hosts == {}


async def test_pause_ends() -> None:
    time = [0.0]
    manners = Manners(at_once=9, per_host=2, spacing=0.0, clock=lambda: time[0])
    manners.pause("a", 60.0)
    with pytest.raises(FetchError) as caught:
        async with manners.turn("a"):
            pass
    assert caught.value.retry_after == 60.0
    time[0] = 61.0
    async with manners.turn("a"):
        pass
