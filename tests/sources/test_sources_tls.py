"""Encrypted pages over every kind of route: the certificate is the name's, whatever carries it."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rough_web import HttpProxy, Names, RoughWeb, SocksProxy

from bot.errors import FetchError
from bot.sources.http import Fetcher
from bot.sources.reader import Reader
from bot.sources.routes import route
from bot.types import Source, SourceKind, SourceSettings, SourceState

Make = Callable[..., Fetcher]
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += [
        "-subj",
        "/CN=news.example",
        "-keyout",
        str(key),
        "-out",
        str(made),
        "-addext",
        "subjectAltName=DNS:news.example",
    ]
    subprocess.run(command, check=True, capture_output=True)
    return made, key


@pytest.fixture
async def safe_web(certificate: tuple[Path, Path]) -> AsyncIterator[RoughWeb]:
    server = RoughWeb()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    await server.start(context)
    server.serves("/a", "secret")
    yield server
    await server.stop()


@pytest.fixture
def trusting(
    safe_web: RoughWeb, names: Names, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    names.addresses |= {"news.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    return f"https://news.example:{safe_web.port}/a"


async def test_page_is_read_directly(trusting: str, fetcher: Make) -> None:
    assert (await fetcher().get(trusting)).content == b"secret"


@pytest.mark.parametrize("kind", ["socks5h", "http"])
async def test_page_is_read_through_a_proxy_that_sees_nothing(
    trusting: str, safe_web: RoughWeb, fetcher: Make, kind: str
) -> None:
    proxy = SocksProxy(safe_web) if kind == "socks5h" else HttpProxy(safe_web)
    await proxy.start()
    client = fetcher(routes=(route("blue", f"{kind}://127.0.0.1:{proxy.port}"),))
    assert (await client.get(trusting, routes=["blue"])).content == b"secret"
    assert proxy.wishes[0].host == "news.example"
    await client.close()
    await proxy.stop()


async def test_certificate_of_another_name_is_not_trusted(trusting: str, fetcher: Make) -> None:
    with pytest.raises(FetchError, match="can't be trusted"):
        await fetcher().get(trusting.replace("news", "other"))


async def test_unknown_certificate_is_not_trusted(safe_web: RoughWeb, names: Names, fetcher: Make) -> None:
    names.addresses["news.example"] = ["127.0.0.1"]
    with pytest.raises(FetchError, match="can't be trusted"):
        await fetcher().get(f"https://news.example:{safe_web.port}/a")


async def test_plain_request_to_an_encrypted_port_is_an_error(trusting: str, fetcher: Make) -> None:
    with pytest.raises(FetchError):
        await asyncio.wait_for(fetcher().get(trusting.replace("https", "http")), 10)


async def test_onion_address_of_an_encrypted_answer_is_believed(
    trusting: str, safe_web: RoughWeb, fetcher: Make
) -> None:
    rss = (
        "<rss version='2.0'><channel><title>P</title><item><title>Pier closed</title></item></channel></rss>"
    )
    safe_web.serves("/a", rss, kind="application/rss+xml", Onion_Location="http://abc.onion/a")
    source = Source(
        id=1,
        url=trusting,
        kind=SourceKind.FEED,
        title="",
        topic="",
        state=SourceState.ACTIVE,
        settings=SourceSettings(),
        added=NOW,
    )
    client = fetcher(allow_hosts=("127.0.0.1", "news.example"))
    assert (await Reader(client).poll(source, NOW)).onion_url == "http://abc.onion/a"
