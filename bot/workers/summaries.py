"""A story's summary in a form, written once for all who read in it.

What is written is kept at once under the story's revision, so a crash or a second reader costs no
second writing. A translation is made of the summary that stands already.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.forms import Form
from bot.chat.services import Summarizer
from bot.storage.store import Store
from bot.types import Article, Story, Summary, Urgency


async def summary_in(
    form: Form,
    *,
    store: Store,
    summarizer: Summarizer,
    story: Story,
    articles: Sequence[Article],
    urgency: Urgency = Urgency.BACKGROUND,
) -> Summary:
    """The summary of the story's present revision, written now where there is none.

    Where the model can't write the language, it is the original with a note that says so.
    """
    known = await store.stories.summary(story.id, length=form.length, language=form.language)
    if known and known[1] == story.revision:
        return known[0]
    if form.language:
        original = await summary_in(
            Form(form.length),
            store=store,
            summarizer=summarizer,
            story=story,
            articles=articles,
            urgency=urgency,
        )
        if original.language[:2].lower() == form.language:
            return original
        written = await summarizer.translated(original, language=form.language, urgency=urgency)
    elif len(articles) == 1:
        written = await summarizer.article(articles[0], length=form.length, urgency=urgency)
    else:
        written = await summarizer.story(articles, length=form.length, urgency=urgency)
    await store.stories.put_summary(
        story.id, revision=story.revision, length=form.length, language=form.language, summary=written
    )
    return written
