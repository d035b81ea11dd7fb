"""What is wrong with a source, and what to do about it, in plain words. Pure.

Works on an error's reason, which is also what a source's row keeps of its last failure, so that what
is said now and what is said tomorrow are the same. A test reads every reason that this room raises
and finds none without an entry here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """Two sentences or more, each complete."""

    wrong: str
    """Without names and numbers of the one source, so that alike troubles can be counted."""
    remedy: str

    @property
    def text(self) -> str:
        """Both."""
        return f"{self.wrong} {self.remedy}"

    @property
    def by_hand(self) -> str:
        """The remedy without what happens by itself: nothing does for a source that was given up."""
        said = re.split(r"(?<=\.) ", self.remedy)
        return " ".join(s for s in said if not s.startswith("Nothing to do"))

    @property
    def unstored(self) -> str:
        """The remedy for an address that is no source yet, so that nothing happens by itself."""
        return self.by_hand or "Try again later."


BY_ITSELF = "Nothing to do: it is tried again by itself."
CHECK = "Open the address in a browser to see whether it is right, and whether the site still has it."
ROUTE = "If others can open it, try a route through a proxy, or a mirror."
LOOK = "Give the address of its feed, or of the site, so that I can look for one."

STATUS = re.compile(r"the server answered (\d{3})")
STATUSES: dict[str, tuple[str, str]] = {
    "401|402|407": (
        "The server wants a login or money for it ({}).",
        "With an account of your own, write NAME:PASSWORD@ before the host in its address.",
    ),
    "403|451": ("The server refuses us ({}).", "It may block bots or this country. " + ROUTE),
    "404": ("There is nothing at this address any more (404).", "Look for the feed on the site again."),
    "410": (
        "The publisher took it away for good (410).",
        "Remove it, or look for a new address on the site.",
    ),
    "408|425": ("The server lost patience ({}).", BY_ITSELF),
    "429": (
        "The server asks for fewer requests (429).",
        "Nothing to do: it is polled more seldom by itself.",
    ),
    "5..": ("The server is in trouble ({}).", BY_ITSELF),
    "3..": ("The server sends us on without saying where ({}).", CHECK),
    "...": ("The server does not take the request ({}).", CHECK),
}

TABLE: tuple[tuple[str, str, str], ...] = (
    (
        r"can't be resolved|has no address",
        "Its name is not known here.",
        "Check the spelling. If others can open it, this network hides the name: try a route that "
        "resolves names elsewhere (socks5h or tor).",
    ),
    (r"no answer in time", "It did not answer in time.", f"{BY_ITSELF} {ROUTE}"),
    (r"connection was refused or can't", "It can't be reached.", f"{BY_ITSELF} {ROUTE}"),
    (r"connection broke off", "The connection broke off.", f"{BY_ITSELF} {ROUTE}"),
    (
        r"certificate or encryption",
        "Its certificate can't be trusted.",
        "Often it has run out and is renewed soon. I never read past it.",
    ),
    (
        r"\bproxy\b",
        "The proxy of its route failed.",
        "Check the route in the configuration; status shows it.",
    ),
    (r"redirects in a circle", "It redirects in a circle.", CHECK),
    (r"redirects to something that is no URL", "It redirects to something that is no address.", CHECK),
    (
        r"not modified",
        "Its server answers a question that I did not ask (304).",
        "It is broken on their side; tell the site, or try a mirror.",
    ),
    (r"trickles too slowly", "It trickles too slowly.", BY_ITSELF),
    (
        r"larger than|more tags than|too large",
        "It is larger than I read.",
        "The owner may raise sources.max_megabytes; better is a smaller feed of the same site.",
    ),
    (
        r"encoding .*not asked for|compressed answer is damaged",
        "What came is packed in a way that can't be unpacked.",
        BY_ITSELF,
    ),
    (r"asked for a pause", "Its server asked for a pause.", "Nothing to do: I come back when it is over."),
    (
        r"robots\.txt",
        "Its rules for robots (robots.txt) forbid reading it.",
        "Add the site's feed instead, which is meant for programs.",
    ),
    (
        r"name of the local network|not on the open Internet",
        "It is in a private network, where I don't read unless the owner allows it.",
        "If it is yours, add its host to sources.allow_hosts in the configuration.",
    ),
    (
        r"no such route",
        "It names a route that the configuration does not have.",
        "Set its routes again: setsource N routes NAME.",
    ),
    (r"\.onion", "An .onion address needs a route through Tor.", "Add a route with the URL tor."),
    (r"no URL|only http|name is too long", "Its address is none that I can read.", "Set its url again."),
    (r"no channel|public preview", "The channel has no public preview.", "Only its owner can turn it on."),
    (
        r"web page and no feed",
        "There is a web page where a feed should be.",
        "The site may have moved its feed. " + LOOK,
    ),
    (
        r"single document",
        "That is one document and no site.",
        "I can summarize it: summary with its address. To follow a site, give the address of its front page.",
    ),
    (r"OPML", "That is a list of sources and none itself.", "Import it: addsource with its address."),
    (
        r"no sitemap",
        "There is no sitemap there any more.",
        LOOK,
    ),
    (
        r"no feed|feed is empty|can't be parsed|JSON|feed or data",
        "What comes is no feed that can be read.",
        LOOK,
    ),
    (
        r"front page and to no article",
        "It leads to the front page of its site: what was there is gone, or is shown to members only.",
        CHECK,
    ),
    (
        r"page is empty|file is empty|no article text|picture|PDF",
        "What comes has no text to read.",
        CHECK,
    ),
)


def advise(reason: str) -> Advice:
    """The advice for an error's reason; of what is not known the reason itself is told."""
    if found := STATUS.search(reason):
        status = found[1]
        wrong, remedy = next(said for pattern, said in STATUSES.items() if re.fullmatch(pattern, status))
        return Advice(wrong.format(status), remedy)
    for pattern, wrong, remedy in TABLE:
        if re.search(pattern, reason):
            return Advice(wrong, remedy)
    return Advice(f"It can't be read: {reason}.", CHECK)
