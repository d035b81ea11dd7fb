"""Which hosts may be fetched at all: the owner's own network must stay out of reach. Pure.

Knows addresses and names, opens nothing. The hard thing: an address has many spellings (mapped,
translated, octal, one big number) and each must lead to the same verdict.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from bot.errors import Refused

Address = IPv4Address | IPv6Address

LOCAL_SUFFIXES = (
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "home.arpa",
    "corp",
    "private",
    "test",
    "invalid",
)
"""Names that only a local network answers for (RFC 6761, 6762, 8375, ICANN's reserved three)."""

INSIDE: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("168.63.129.16/32"),
    IPv4Network("192.0.0.0/24"),
    IPv6Network("2001::/32"),
    IPv6Network("64:ff9b:1::/48"),
    IPv6Network("fec0::/10"),
)
"""Looks public to `ipaddress` and is not: two clouds' metadata, Teredo, local NAT64, site-local."""

NAT64 = IPv6Network("64:ff9b::/96")
SIX_TO_FOUR = IPv6Network("2002::/16")
COMPATIBLE = IPv6Network("::/96")


def literal(host: str) -> Address | None:
    """The address that `host` spells, in any form that C libraries accept; None for a name."""
    bare = host.strip("[]").partition("%")[0]
    try:
        return ip_address(bare)
    except ValueError:
        pass
    if not bare or not bare[0].isdigit():
        return None
    try:
        return IPv4Address(socket.inet_aton(bare))
    except OSError:
        return None


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open Internet, looking through every mapping of IPv4."""
    if isinstance(address, IPv6Address) and (inner := _embedded(address)) is not None:
        return is_public(inner)
    inside = any(address in network for network in INSIDE if network.version == address.version)
    return address.is_global and not address.is_multicast and not inside


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one (RFC 4291, 6052, 3056)."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64 or address in COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in SIX_TO_FOUR:
        return address.sixtofour
    return None


def is_local_name(host: str) -> bool:
    """Whether only a local network would answer for this name."""
    name = host.rstrip(".").lower()
    return "." not in name or any(name == s or name.endswith("." + s) for s in LOCAL_SUFFIXES)


@dataclass(frozen=True, slots=True)
class Guard:
    """The verdict on hosts and addresses. `allow` holds names, `*.lan` patterns, addresses, networks."""

    allow: tuple[str, ...] = ()
    _names: tuple[str, ...] = field(init=False, repr=False)
    _networks: tuple[IPv4Network | IPv6Network, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names: list[str] = []
        networks: list[IPv4Network | IPv6Network] = []
        for entry in self.allow:
            try:
                networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                names.append(entry.rstrip(".").lower())
        object.__setattr__(self, "_names", tuple(names))
        object.__setattr__(self, "_networks", tuple(networks))

    def allows(self, host: str) -> bool:
        """Whether the owner named this host."""
        address = literal(host)
        if address is not None:
            return self._allows_address(address)
        name = host.rstrip(".").lower()
        return any(fnmatchcase(name, pattern) for pattern in self._names)

    def check_name(self, host: str) -> None:
        """Verdict without resolving, for routes whose proxy resolves. Raises Refused."""
        if self.allows(host):
            return
        address = literal(host)
        if address is not None:
            self.check_address(host, address)
        elif is_local_name(host):
            raise Refused(f"{host} is a name of the local network")

    def check_address(self, host: str, address: Address) -> None:
        """Verdict on what `host` resolved to. Raises Refused."""
        if not (is_public(address) or self.allows(host) or self._allows_address(address)):
            leads = "" if literal(host) == address else f" leads to {address}, which"
            raise Refused(f"{host}{leads} is not on the open Internet")

    def _allows_address(self, address: Address) -> bool:
        return any(address in network for network in self._networks if network.version == address.version)
