"""What is a change to a reader, and what is only cosmetic."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from storage_samples import HOUR, MINUTE, NOW, draft

from bot.storage import Store
from bot.storage.sameness import bare, is_fleeting, lasting
from bot.types import PutStatus

TEXT = "Two ships sank off Port Halden.\nThe crew was saved, said the harbour master."

COSMETIC = [
    "Two  ships sank off Port Halden. \n\n The crew was saved,\u00a0said the harbour master.",
    "Two ships sank off Port Hal\u00adden.\nThe crew was saved, said the harbour master.\u200b",
    f"Updated 12 November 2026, 14:05 GMT\n{TEXT}",
    f"{TEXT}\nLast updated: 3 minutes ago",
    f"This story has been updated.\n{TEXT}",
    f"Zuletzt aktualisiert: 12.11.2026, 14:05 Uhr\n{TEXT}",
    f"{TEXT}\nStand: 14:05 Uhr",
    f"{TEXT}\n12 comments",
    f"{TEXT}\nComments (1,204)",
    f"{TEXT}\n3 min read",
    f"DAX 15,312.20 +0.45 %\nEUR/USD 1.0843 ▲ 0.12%\n{TEXT}",
    f"LIVE\n{TEXT}",
    f"{TEXT}\n14:05",
]

MATERIAL = [
    "Three ships sank off Port Halden.\nThe crew was saved, said the harbour master.",
    "Two ships sank off Port Halden.",
    f"{TEXT}\nUpdate: the captain was arrested.",
    f"{TEXT}\nCorrection: an earlier version of this story said that three ships sank.",
    f"{TEXT}\nTurnout: 61.2 %",
    f"{TEXT}\n14 dead",
    f"{TEXT}\nArsenal 2-1 Chelsea",
    f"{TEXT}\nLive on Monday: the mayor",
]


@pytest.mark.parametrize("same", COSMETIC)
async def test_what_is_cosmetic_is_no_revision(store: Store, same: str) -> None:
    await store.articles.put(draft(text=TEXT), source_id=None, now=NOW)
    status, article = await store.articles.put(draft(text=same), source_id=None, now=NOW + HOUR)
    assert (status, article.text) == (PutStatus.UNCHANGED, TEXT)


@pytest.mark.parametrize("other", MATERIAL)
def test_what_is_said_otherwise_is_a_change(other: str) -> None:
    assert bare(other) != bare(TEXT)


def test_the_kind_of_quotes_and_dashes_is_cosmetic() -> None:
    assert bare("“It’s over” – he said…") == bare('"It\'s over" - he said...')


def test_tracking_in_a_link_is_cosmetic_and_another_page_is_not() -> None:
    link = "See https://a.example/report?page=2"
    assert bare(f"{link}&utm_source=feed&fbclid=x9") == bare(link)
    assert bare(link.replace("2", "3")) != bare(link)


@pytest.mark.parametrize("line", ["March on Monday", "May", "14", "The first story of the day was last", ""])
def test_a_line_without_a_time_or_counter_is_not_fleeting(line: str) -> None:
    assert not is_fleeting(line)


def test_of_a_text_with_nothing_but_fleeting_lines_all_counts() -> None:
    assert lasting("LIVE\n14:05") == "LIVE\n14:05"


@given(st.text(max_size=200))
def test_what_lasts_lasts_again_and_compares_alike(text: str) -> None:
    assert lasting(lasting(text)) == lasting(text)
    assert bare(f" {text} ") == bare(text)


async def test_a_live_article_gets_a_revision_an_hour_and_its_last_words_are_kept(store: Store) -> None:
    now = NOW
    for n in range(200):
        now += MINUTE
        _, article = await store.articles.put(
            draft(text=f"Entry {n} of the evening."), source_id=None, now=now
        )
    assert article.revision < 12
    _, last = await store.articles.put(
        draft(text="Entry 199 of the evening."), source_id=None, now=now + timedelta(hours=1)
    )
    assert last.text == "Entry 199 of the evening."
