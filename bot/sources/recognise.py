"""Whether two items are the same article: canonical URLs and recognition keys. Pure.

Knows the web's habits of writing one address in many ways. The hard thing: to merge twins
(tracking parameters, http, www, AMP, mobile) and never two articles, so a parameter is dropped
only when it is known to say nothing about the page.
"""

from __future__ import annotations

import re
from hashlib import sha256
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

TRACKING = frozenset(
    """
    _ga _gl _hsenc _hsmi __twitter_impression amp_js_v at_campaign at_medium at_link_id at_link_origin
    at_link_type at_ptr_name at_format at_custom1 at_custom2 at_custom3 at_custom4 at_bbc_team campaign_id cmp
    cid_source cmpid cmp_id dclid dm_i ecid ef_id emc ett fb_action_ids fb_action_types fb_ref fb_source
    fbclid ftag gaa_at gbraid gclid gclsrc guccounter guce_referrer guce_referrer_sig guid_source icid ico
    igsh igshid instance_id intcid ito itm_campaign itm_medium itm_source li_fat_id mbid mc_cid mc_eid mkt_tok
    mkwid mod msclkid ncid nl_key ns_campaign ns_linkname ns_mchannel ns_source ocid oly_anon_id
    oly_enc_id pcampaign pk_campaign pk_keyword pk_kwd pk_source ref_src ref_url rss_id s_cid s_kwcid
    sc_cid segment_id share_id smid smtyp soc_src soc_trk spm srnd sref srsltid taid tblci tpcc traffic_source
    trk trkcampaign ttclid twclid usqp vero_conv vero_id wbraid wickedid wt_mc wt_zmc xtor yclid
    """.split()  # noqa: SIM905 - a table of words
)
"""Parameters that only ever say where a reader came from."""

TRACKING_PREFIXES = ("utm_", "hsa_", "mtm_", "matomo_", "piwik_", "stm_", "at_recipient", "sailthru_")

DOUBTFUL = frozenset(
    {"source", "src", "ref", "from", "via", "feed", "medium", "campaign", "referrer", "partner"}
)
FROM_WHERE = frozenset(
    """
    rss feed feeds atom rssfeed rss_feed newsletter email mail twitter x tw facebook fb linkedin telegram
    tg whatsapp reddit share social push app google googlenews flipboard homepage home hp 1 true
    """.split()  # noqa: SIM905 - a table of words
)
"""Values that make a doubtful parameter a tracking one."""

AMP_PARAMETERS = frozenset({"amp", "outputtype", "ampversion"})
MOBILE_LABELS = frozenset({"www", "m", "mobile", "amp", "touch", "wap"})
WWW_NUMBER = re.compile(r"www\d{1,2}")
AMP_CACHE = re.compile(r"/[a-z]/(s/)?(?P<rest>.+)", re.S)
AMP_SUFFIX = re.compile(r"(.+)\.amp(\.html?)?", re.I | re.S)
INDEX = re.compile(r"(?:index|default)\.(?:html?|php|aspx?|jsp)", re.I)
WRAPPERS = {
    ("google.com", "/url"): ("url", "q"),
    ("l.facebook.com", "/l.php"): ("u",),
    ("lm.facebook.com", "/l.php"): ("u",),
    ("bing.com", "/news/apiclick.aspx"): ("url",),
    ("t.umblr.com", "/redirect"): ("z",),
    ("out.reddit.com", "/"): ("url",),
}
"""Redirectors that carry their target in a parameter."""

LONGEST = 500
LONGEST_URL = 10_000
"""Characters. Servers take fewer, and the time that a path takes grows with its square: then it stands."""
PATH_SAFE = "!$&'()*+,;=:@/~-._"


def canonical(url: str, *, _depth: int = 0) -> str:
    """The URL all twins share, for comparing and never for fetching; empty when it is no http(s) URL."""
    try:
        parts = urlsplit(url.strip())
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host:
        return ""
    if len(url) > LONGEST_URL:
        return url
    inner = _unwrapped(host, parts.path, parts.query)
    if inner and _depth < 3 and (found := canonical(inner, _depth=_depth + 1)):
        return found
    netloc = _plain_host(host) + (f":{port}" if port not in (None, 80, 443) else "")
    fragment = f"#{quote(unquote(parts.fragment), safe=PATH_SAFE)}" if parts.fragment.startswith("!") else ""
    query = _query(parts.query)
    return f"https://{netloc}{_path(parts.path)}{'?' if query else ''}{query}{fragment}"


def keys(
    url: str, *, feed_id: str = "", scope: str = "", text: str = "", opaque: bool = False
) -> tuple[str, ...]:
    """Recognition keys, strongest first; never empty.

    `scope` is the feed that `feed_id` is unique in; `text` identifies what has neither URL nor id.
    With `opaque` an id that looks like a URL is taken letter by letter, not as the page's address, and
    beside another URL it is one of its feed only.
    """
    found: list[str] = []
    address = canonical(url)
    if address and not is_front(address):
        found.append(_short("url", address))
    feed_id = feed_id.strip()
    if feed_id:
        itself = "" if opaque else canonical(feed_id)
        if itself and not is_front(itself):
            found.append(_short("url", itself))
        else:
            web = feed_id.startswith(("http://", "https://")) and not (opaque and address)
            unique = web or feed_id.startswith(("tag:", "urn:uuid:"))
            found.append(_short("id", feed_id if unique else f"{canonical(scope) or scope} {feed_id}"))
    if not found:
        found.append("text:" + sha256(f"{address}\n{' '.join(text.split())}".encode()).hexdigest()[:32])
    return tuple(dict.fromkeys(found))


def same_site(one: str, other: str) -> bool:
    """Whether two URLs belong to one site: the same host, or one's host within the other's."""
    a, b = (urlsplit(canonical(u)).hostname or "" for u in (one, other))
    return bool(a and b) and (a == b or a.endswith("." + b) or b.endswith("." + a))


def is_front(address: str) -> bool:
    """Whether a canonical URL is a site's front page, which stands for no article."""
    parts = urlsplit(address)
    return not parts.path.strip("/") and not parts.query and not parts.fragment


def _short(kind: str, value: str) -> str:
    if len(value) <= LONGEST:
        return f"{kind}:{value}"
    return f"{kind}-hash:{sha256(value.encode('utf-8', 'replace')).hexdigest()}"


def _host(host: str) -> str:
    host = host.rstrip(".").lower()
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _plain_host(host: str) -> str:
    """Without `www.`, `m.` and their like in front, and without Wikipedia's `.m.` in the middle."""
    labels = host.split(".")
    while len(labels) > 2 and (labels[0] in MOBILE_LABELS or WWW_NUMBER.fullmatch(labels[0])):
        labels = labels[1:]
    if len(labels) == 4 and labels[1] == "m":
        labels = [labels[0], *labels[2:]]
    return f"[{host}]" if ":" in host else ".".join(labels)


def _unwrapped(host: str, path: str, query: str) -> str:
    """The address inside a redirector's or an AMP cache's."""
    plain = _plain_host(host)
    if host.endswith(".cdn.ampproject.org") and (match := AMP_CACHE.fullmatch(path)):
        return f"https://{match['rest']}" + (f"?{query}" if query else "")
    if plain == "google.com" and path.startswith("/amp/"):
        return "https://" + path.removeprefix("/amp/").removeprefix("s/")
    names = WRAPPERS.get((host, path)) or WRAPPERS.get((plain, path)) or ()
    values = dict(parse_qsl(query, errors="replace")) if names else {}
    return next((values[n] for n in names if values.get(n, "").startswith(("http://", "https://"))), "")


def _path(path: str) -> str:
    segments: list[str] = []
    for segment in unquote(path, errors="replace").split("/"):
        if segment == "..":
            segments = segments[:-1]
        elif segment not in ("", "."):
            segments.append(segment)
    before: list[str] = []
    while segments != before:  # until nothing is left to take off, so that the result is its own result
        before, segments = segments, _without_amp(segments)
        if segments and INDEX.fullmatch(segments[-1]):
            segments = segments[:-1]
    return "/" + quote("/".join(segments), safe=PATH_SAFE)


def _without_amp(segments: list[str]) -> list[str]:
    if len(segments) > 1 and segments[-1].lower() in ("amp", "amp.html"):
        return segments[:-1]
    if len(segments) > 1 and segments[0].lower() == "amp":
        return segments[1:]
    if segments and (match := AMP_SUFFIX.fullmatch(segments[-1])):
        return [*segments[:-1], match[1] + (match[2] or "")]
    return segments


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, errors="replace")
    return urlencode(sorted(pair for pair in pairs if not _says_nothing(*pair)))


def _says_nothing(name: str, value: str) -> bool:
    name, value = name.lower(), value.lower()
    if name in TRACKING or name.startswith(TRACKING_PREFIXES):
        return True
    if name in AMP_PARAMETERS:
        return value in ("", "1", "true", "amp") or name == "ampversion"
    return name in DOUBTFUL and value in FROM_WHERE
