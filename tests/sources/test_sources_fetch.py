"""The fetcher against a web that misbehaves."""

import asyncio
import gzip
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from rough_web import Names, Request, RoughWeb, gzip_bomb

from bot.errors import FetchError, HttpStatus, Refused, Unreadable
from bot.sources.http import Fetcher

Make = Callable[..., Fetcher]


async def test_page_is_fetched_with_a_true_user_agent(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/a", "hello", ETag='"1"', Last_Modified="Mon, 20 Oct 2025 10:00:00 GMT")
    fetched = await fetcher().get(web.url("/a"))
    assert (fetched.content, fetched.etag, fetched.status) == (b"hello", '"1"', 200)
    assert web.requests[0].headers["user-agent"].startswith("newsbot")


async def test_validators_are_sent_and_304_has_no_content(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/a", b"", status=304)
    fetched = await fetcher().get(web.url("/a"), etag='"1"', last_modified="yesterday")
    assert fetched.not_modified
    assert fetched.content == b""
    assert web.requests[0].headers["if-none-match"] == '"1"'
    assert web.requests[0].headers["if-modified-since"] == "yesterday"


async def test_304_with_a_body_does_not_spoil_the_next_answer(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/lies", b"<rss>surprise</rss>", status=304)
    web.serves("/a", "next")
    client = fetcher()
    assert (await client.get(web.url("/lies"), etag="1")).content == b""
    assert (await client.get(web.url("/a"))).content == b"next"


async def test_304_without_validators_is_an_error(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/a", b"", status=304)
    with pytest.raises(FetchError, match="not modified"):
        await fetcher().get(web.url("/a"))


async def test_validator_with_a_line_break_is_not_sent(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/a", "x")
    await fetcher().get(web.url("/a"), etag='"1"\r\nX-Evil: 1')
    assert "if-none-match" not in web.requests[0].headers
    assert "x-evil" not in web.requests[0].headers


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "x-gzip"])
async def test_compressed_body_is_decompressed(web: RoughWeb, fetcher: Make, encoding: str) -> None:
    packed = zlib.compress(b"hello") if encoding == "deflate" else gzip.compress(b"hello")
    web.serves("/a", packed, Content_Encoding=encoding)
    assert (await fetcher().get(web.url("/a"))).content == b"hello"


async def test_deflate_without_header_and_false_gzip_are_read(web: RoughWeb, fetcher: Make) -> None:
    packer = zlib.compressobj(wbits=-15)
    web.serves("/raw", packer.compress(b"hello") + packer.flush(), Content_Encoding="deflate")
    web.serves("/text", b"hello", Content_Encoding="gzip")
    client = fetcher()
    assert (await client.get(web.url("/raw"))).content == b"hello"
    assert (await client.get(web.url("/text"))).content == b"hello"


async def test_gzip_bomb_stops_at_the_limit(web: RoughWeb, fetcher: Make) -> None:
    bomb = gzip_bomb(50_000_000)
    assert len(bomb) < 100_000
    web.serves("/a", bomb, Content_Encoding="gzip")
    with pytest.raises(Unreadable, match="larger than 100,000 bytes when decompressed"):
        await fetcher(max_bytes=100_000).get(web.url("/a"))


async def test_endless_body_stops_at_the_limit(web: RoughWeb, fetcher: Make) -> None:
    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            await writer.drain()

    web.does("/a", endless)
    with pytest.raises(Unreadable, match="larger than 50,000 bytes"):
        await fetcher(max_bytes=50_000).get(web.url("/a"))


async def test_slow_drip_ends_at_the_time_limit(web: RoughWeb, fetcher: Make) -> None:
    async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    web.does("/a", drip)
    with pytest.raises(FetchError, match="no answer in time"):
        await fetcher(timeout=0.2).get(web.url("/a"))
    with pytest.raises(FetchError, match="trickles"):
        await fetcher(grace=0.1, min_rate=10_000.0).get(web.url("/a"))


async def test_silent_server_ends_at_the_read_limit(web: RoughWeb, fetcher: Make) -> None:
    async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    web.does("/a", silent)
    with pytest.raises(FetchError, match="no answer in time"):
        await fetcher(read_timeout=0.1).get(web.url("/a"))


async def test_huge_headers_are_refused(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/a", "x", X_Huge="y" * 300_000)
    with pytest.raises(FetchError, match="no HTTP"):
        await fetcher().get(web.url("/a"))


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"",
        b"HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\nhalf",
    ],
)
async def test_answer_that_is_no_http_is_an_error(web: RoughWeb, fetcher: Make, answer: bytes) -> None:
    async def broken(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    web.does("/a", broken)
    with pytest.raises(FetchError, match="broke off"):
        await fetcher().get(web.url("/a"))


@pytest.mark.parametrize("name", ["utf-8", "none", "binary", "Identity"])
async def test_encoding_that_is_none_changes_nothing(web: RoughWeb, fetcher: Make, name: str) -> None:
    web.serves("/a", b"hello", Content_Encoding=name)
    assert (await fetcher().get(web.url("/a"))).content == b"hello"


async def test_encoding_nobody_asked_for_is_an_error(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/a", b"x", Content_Encoding="br")
    with pytest.raises(Unreadable, match="encoding br"):
        await fetcher().get(web.url("/a"))


# --- statuses and dates ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_in_seconds_is_told(web: RoughWeb, fetcher: Make, status: int) -> None:
    web.serves("/a", status=status, Retry_After="120")
    with pytest.raises(HttpStatus) as caught:
        await fetcher().get(web.url("/a"))
    assert (caught.value.status, caught.value.retry_after) == (status, 120.0)


async def test_retry_after_as_a_date_is_told(web: RoughWeb, fetcher: Make) -> None:
    web.serves(
        "/a", status=503, Retry_After=format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    )
    with pytest.raises(HttpStatus) as caught:
        await fetcher().get(web.url("/a"))
    assert caught.value.retry_after == pytest.approx(3600, abs=5)


async def test_host_that_answered_429_is_left_alone(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/a", status=429, Retry_After="60")
    client = fetcher()
    for _ in range(3):
        with pytest.raises(FetchError) as caught:
            await client.get(web.url("/a"))
        assert caught.value.retry_after == pytest.approx(60, abs=5)
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache_Control": "public, max-age=600", "Age": "100"}, 500.0),
        ({"Cache_Control": "no-cache, max-age=600"}, 0.0),
        ({"Date": "Mon, 20 Oct 2025 10:00:00 GMT", "Expires": "Mon, 20 Oct 2025 10:30:00 GMT"}, 1800.0),
        ({"Expires": "0", "Date": "Mon, 20 Oct 2025 10:00:00 GMT"}, None),
        ({"Cache_Control": "max-age=99999999999"}, 7 * 86400.0),
        ({}, None),
    ],
)
async def test_freshness_is_told(
    web: RoughWeb, fetcher: Make, headers: dict[str, str], seconds: float | None
) -> None:
    web.serves("/a", "x", **headers)
    assert (await fetcher().get(web.url("/a"))).max_age == seconds


# --- redirects ------------------------------------------------------------------------------


async def test_permanent_redirects_are_recorded_up_to_a_temporary_one(web: RoughWeb, fetcher: Make) -> None:
    web.redirects("/old", "/newer", status=301)
    web.redirects("/newer", "/newest", status=308)
    web.redirects("/newest", "/today", status=302)
    web.redirects("/today", "/end", status=301)
    web.serves("/end", "x")
    fetched = await fetcher().get(web.url("/old"))
    assert fetched.permanent_url == web.url("/newest")
    assert fetched.final_url == web.url("/end")


async def test_cookie_that_a_redirect_sets_comes_back_to_its_own_site_and_only_then(
    web: RoughWeb, fetcher: Make, names: Names
) -> None:
    async def circle(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.headers.get("cookie") == "seen=1; lang=en":
            await web.send(
                writer, 302, {"Location": web.url("/b", host="b.example"), "Content-Length": "0"}, b""
            )
            return
        lines = "Set-Cookie: seen=1; Path=/; HttpOnly\r\nset-cookie: lang=en\r\nSet-Cookie: bad\x01=\r\n"
        writer.write(f"HTTP/1.1 302 X\r\nLocation: /a\r\n{lines}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()

    names.addresses["b.example"] = ["127.0.0.1"]
    web.does("/a", circle)
    web.serves("/b", "there")
    client = fetcher()
    assert (await client.get(web.url("/a"))).content == b"there"
    assert "cookie" not in web.asked("/b")[0].headers
    await client.get(web.url("/a"))
    assert ["cookie" in r.headers for r in web.asked("/a")] == [False, True, False, True]


async def test_redirect_loop_is_an_error(web: RoughWeb, fetcher: Make) -> None:
    web.redirects("/a", "/b")
    web.redirects("/b", "/a")
    with pytest.raises(FetchError, match="circle"):
        await fetcher(max_redirects=5).get(web.url("/a"))
    assert len(web.requests) == 6


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "gopher://127.0.0.1:70/",
        "http://[bad",
        "data:text/html,x",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
    ],
)
async def test_redirect_to_another_scheme_is_refused(web: RoughWeb, fetcher: Make, target: str) -> None:
    web.redirects("/a", target)
    with pytest.raises(FetchError):
        await fetcher().get(web.url("/a"))
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "file:///dev/zero",
        "ftp://example.org/",
        "javascript:alert(1)",
        "nonsense",
        "",
        "http://",
        "http://\x00/",
        "https://a b/",
    ],
)
async def test_only_http_is_read(fetcher: Make, url: str) -> None:
    with pytest.raises(FetchError):
        await fetcher().get(url)


@pytest.mark.parametrize(
    "inside",
    [
        "http://127.0.0.2/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://2130706434/",
        "http://0x7f.2/",
        "http://[::ffff:127.0.0.2]/",
        "http://10.0.0.1/",
        "http://0/",
    ],
)
async def test_redirect_into_the_own_network_is_refused(web: RoughWeb, fetcher: Make, inside: str) -> None:
    web.redirects("/a", inside)
    with pytest.raises(Refused, match="not on the open Internet"):
        await fetcher().get(web.url("/a"))


async def test_name_that_resolves_into_the_own_network_is_refused(fetcher: Make, names: Names) -> None:
    names.addresses["inside.example"] = ["192.168.1.1"]
    with pytest.raises(Refused, match=r"192\.168\.1\.1"):
        await fetcher().get("http://inside.example/")


async def test_name_with_one_private_address_among_others_is_refused(fetcher: Make, names: Names) -> None:
    names.addresses["mixed.example"] = ["93.184.216.34", "10.0.0.1"]
    with pytest.raises(Refused):
        await fetcher().get("http://mixed.example/")


async def test_rebinding_name_is_looked_up_once_and_its_checked_address_used(
    web: RoughWeb, fetcher: Make, names: Names
) -> None:
    web.serves("/a", "first")
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])

    async def rebinding(host: str, port: int) -> list[str]:
        names.asked.append(host)
        return next(answers)

    client = Fetcher(fetcher().settings, resolve=rebinding)
    fetched = await client.get(web.url("/a", host="rebind.example"))
    await client.close()
    assert fetched.content == b"first"
    assert names.asked == ["rebind.example"]
    assert web.requests[0].headers["host"] == f"rebind.example:{web.port}"


async def test_rebinding_between_two_requests_is_refused(web: RoughWeb, fetcher: Make) -> None:
    async def closing(request: Request, writer: asyncio.StreamWriter) -> None:
        await web.send(writer, 200, {"Content-Length": "1", "Connection": "close"}, b"x")
        writer.close()

    web.does("/a", closing)
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])

    async def rebinding(host: str, port: int) -> list[str]:
        return next(answers)

    client = Fetcher(fetcher().settings, resolve=rebinding)
    await client.get(web.url("/a", host="rebind.example"))
    with pytest.raises(Refused):
        await client.get(web.url("/a", host="rebind.example"))
    await client.close()


# --- credentials ----------------------------------------------------------------------------


async def test_credentials_go_to_their_origin_only_and_into_no_message(
    web: RoughWeb, fetcher: Make, names: Names
) -> None:
    names.addresses["other.example"] = ["127.0.0.1"]
    web.redirects("/a", web.url("/b", host="other.example"), status=301)
    web.serves("/b", "x")
    secret = f"http://ann:s3cret@127.0.0.1:{web.port}/a"
    fetched = await fetcher().get(secret)
    assert web.requests[0].headers["authorization"].startswith("Basic ")
    assert "authorization" not in web.requests[1].headers
    assert "s3cret" not in repr(fetched)
    with pytest.raises(HttpStatus) as caught:
        await fetcher().get(secret.replace("/a", "/missing"))
    assert "s3cret" not in str(caught.value)
    assert "ann" not in caught.value.url


async def test_unreachable_server_is_a_plain_error(fetcher: Make) -> None:
    with pytest.raises(FetchError, match="refused or can't be made"):
        await fetcher().get("http://ann:s3cret@127.0.0.1:1/")


async def test_cancelling_a_fetch_frees_its_turn(web: RoughWeb, fetcher: Make) -> None:
    asked = asyncio.Event()

    async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.Event().wait()

    web.does("/hang", silent)
    web.serves("/a", "x")
    client = fetcher(per_host=1, at_once=1)
    hanging = asyncio.ensure_future(client.get(web.url("/hang")))
    await asked.wait()
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert (await client.get(web.url("/a"))).content == b"x"
