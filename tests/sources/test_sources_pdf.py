"""PDFs to text: what is a paragraph, what a headline, and what can't be read."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from rough_web import RoughWeb

from bot.errors import Unreadable
from bot.sources import pdf
from bot.sources.http import Fetcher
from bot.sources.reader import Reader

PAGE = (
    "Ferry stopped",
    "The ferry between the islands was stopped on Tuesday after divers",
    "had found cracks in its hull. Nobody was hurt, and the har-",
    "bour office looks for another ship.",
    "The island council meets on Thursday.",
)


def document(*lines: str, info: str = "") -> bytes:
    """A PDF of one page with these lines."""
    shown = "BT /F1 12 Tf 72 720 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(shown)}>>stream\n{shown}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<<{info}>>",
    )
    body = "%PDF-1.4\n"
    places = []
    for number, written in enumerate(objects, 1):
        places.append(f"{len(body):010} 00000 n \n")
        body += f"{number} 0 obj{written}endobj\n"
    table = "0000000000 65535 f \n" + "".join(places)
    end = f"trailer<</Size 7/Root 1 0 R/Info 6 0 R>>\nstartxref\n{len(body)}\n%%EOF"
    return f"{body}xref\n0 7\n{table}{end}".encode()


async def test_pdf_is_read_by_its_url(web: RoughWeb, fetcher: Callable[..., Fetcher]) -> None:
    web.serves("/report", document(*PAGE), kind="application/octet-stream")
    draft = await Reader(fetcher()).read(web.url("/report"))
    assert draft.title == "Ferry stopped"
    assert draft.text.splitlines()[1:] == [
        "The ferry between the islands was stopped on Tuesday after divers had found cracks in its hull. "
        "Nobody was hurt, and the harbour office looks for another ship.",
        "The island council meets on Thursday.",
    ]
    assert draft.language == "en"


def test_pdf_says_its_title_author_and_day() -> None:
    found = pdf.parse(document(*PAGE, info="/Title(The hull)/Author(Ann)/CreationDate(D:20261119120000Z)"))
    assert (found.title, found.byline) == ("The hull", "Ann")
    assert found.published == datetime(2026, 11, 19, tzinfo=UTC)


def test_pdf_of_pictures_only_is_said_to_be_one() -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    out = BytesIO()
    writer.write(out)
    with pytest.raises(Unreadable, match="only pictures"):
        pdf.parse(out.getvalue())


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300).map(b"%PDF-1.4\n".__add__))
def test_no_pdf_raises_anything_but_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        pdf.parse(content)
