"""Article or story -> Summary: select sentences, let the model tighten them, check each, cite each.

    candidates -> choose -> write (model) -> clean -> ground -> cite
                               `- fails: the source's own sentences, and a note

Knows no model and no database, only the protocols. The hard thing is that nothing the model says is
believed: a sentence without support is replaced by the sentence it was made from, so the summary
is never empty and never invents.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.errors import ModelError, ModelFailed
from bot.news import aligning, clean, languages, select
from bot.news.counts import counted
from bot.news.cuts import cuttable, mended
from bot.news.differences import corrections, differences
from bot.news.edits import holding
from bot.news.facts import Source
from bot.news.grounding import check_read
from bot.news.material import Material, Shape, shape_of
from bot.news.protocols import Embedder, Generator, Prompts
from bot.news.select import Candidate
from bot.news.translate import in_language
from bot.news.withdrawn import standing
from bot.types import Article, Length, Sentence, Summary, Urgency

NO_MODEL = "No language model is at hand; these are the article's own sentences."
NO_TEXT = "The article has no text."
_STORY_ARTICLES = 8
"""The newest articles of a story that are read; a story of a hundred copies says no more."""
_GRACE = 5.0
"""Seconds beyond the deadline that a generator gets to keep it itself."""
_LEAST = 0.5
"""Share of a sentence's words that tightening must leave; what cut more was seen to turn the sense."""
_TIGHT = 9
"""Words; a sentence this short needs no tightening, so the model is spared it."""
_HEADLINE = 15
"""Words of a headline that no outlet wrote."""
_COUNTED = 12
"""Of each article, the first sentences whose numbers are compared."""


class Summarizer:
    """Writes summaries; without a generator or embedder, or when they fail, from extracts."""

    def __init__(
        self,
        generator: Generator | None,
        embedder: Embedder | None,
        prompts: Prompts,
        *,
        patience: float = 120.0,
        translates: Collection[str] = (),
    ) -> None:
        """`patience` is in seconds: a model that takes longer counts as failed.

        `translates` are the codes of the languages that the model can be trusted to translate into.
        """
        self._generator = generator
        self._embedder = embedder
        self._prompts = prompts
        self._patience = patience
        self._translates = frozenset(translates)

    async def article(
        self,
        article: Article,
        *,
        length: Length = Length.SHORT,
        language: str = "",
        urgency: Urgency = Urgency.BACKGROUND,
    ) -> Summary:
        """What `article` says, in its own language; another `language` gives the original and a note."""
        started = time.perf_counter()
        _, withdrawn = standing((article,))
        material = await self._material((article,), await self._pool((article,)), length, urgency)
        summary = await self._summary(material, article, length=length, prompt="summary", urgency=urgency)
        summary = replace(summary, note=_joined(withdrawn, summary.note))
        return await self._finished(summary, language, urgency, started)

    async def story(
        self,
        articles: Sequence[Article],
        *,
        length: Length = Length.SHORT,
        language: str = "",
        urgency: Urgency = Urgency.BACKGROUND,
    ) -> Summary:
        """What several articles about one event say together, and where their numbers differ.

        Withdrawn ones are told of in the note and not written from while others stand.
        """
        if not articles:
            raise ValueError("a story has at least one article")
        started = time.perf_counter()
        kept, withdrawn = standing(articles)
        newest = tuple(sorted(kept, key=lambda a: a.when)[-_STORY_ARTICLES:])
        if len(newest) == 1:
            one = await self.article(newest[0], length=length, language=language, urgency=urgency)
            return one if newest[0].withdrawn else replace(one, note=_joined(withdrawn, one.note))
        pool = await self._pool(newest)
        compared = await asyncio.to_thread(_compared, newest, pool)
        pool = [c for c in pool if (newest[c.article].id, c.start) not in compared.outdated] or pool
        material = await self._material(newest, pool, length, urgency)
        summary = await self._summary(
            material, newest[-1], length=length, prompt="summary_story", urgency=urgency
        )
        note = _joined(withdrawn, summary.note, *compared.notes)
        return await self._finished(replace(summary, note=note), language, urgency, started)

    async def translated(
        self, summary: Summary, *, language: str, urgency: Urgency = Urgency.BACKGROUND
    ) -> Summary:
        """`summary` in `language`; where the model can't write it, the original and a note."""
        return await self._finished(summary, language, urgency, time.perf_counter())

    async def _finished(self, summary: Summary, language: str, urgency: Urgency, started: float) -> Summary:
        """In the reader's language, with the seconds since `started`."""
        summary = await in_language(
            summary,
            language,
            generator=self._generator,
            prompts=self._prompts,
            able=self._translates,
            urgency=urgency,
            patience=self._patience,
        )
        return replace(summary, seconds=time.perf_counter() - started)

    # --- select ---

    async def _pool(self, articles: Sequence[Article]) -> list[Candidate]:
        """The usable sentences of all articles."""
        share = max(12, select.MOST // len(articles))
        return [
            c
            for i, a in enumerate(articles)
            for c in await asyncio.to_thread(select.candidates, a.text, a.language, article=i, most=share)
        ]

    async def _material(
        self, articles: tuple[Article, ...], pool: Sequence[Candidate], length: Length, urgency: Urgency
    ) -> Material:
        shape = shape_of(articles, length)
        title = articles[-1].title
        texts = [c.text for c in pool] + ([title] if title else [])
        meaning = len(articles) > 1 or length is Length.LONG
        vectors = await self._vectors(texts, urgency, meaning=meaning)
        chosen = select.choose(
            pool,
            vectors[: len(pool)],
            count=shape.sentences,
            words=shape.words,
            title=vectors[-1] if title and len(pool) else None,
            position=shape.position,
            redundancy=shape.redundancy,
            alike=shape.alike,
        )
        sources = tuple(Source.read(mended(c.text)) for c in chosen)
        context = tuple(Source.read(t) for a in articles for t in (a.title, a.outlet) if t)
        return Material(articles, chosen, sources, context)

    async def _vectors(self, texts: Sequence[str], urgency: Urgency, *, meaning: bool) -> select.Vectors:
        """Embeddings where they help: for one article's few sentences, words chose as well and at no cost."""
        if self._embedder and texts and meaning:
            try:
                return await self._embedder.embed(texts, urgency=urgency)
            except ModelError:
                pass  # words instead; the summary is no worse for the reader, so no note
        return await asyncio.to_thread(select.word_vectors, texts)

    # --- write ---

    async def _summary(
        self, material: Material, lead: Article, *, length: Length, prompt: str, urgency: Urgency
    ) -> Summary:
        if not material.chosen:
            return Summary(
                title=lead.title, sentences=(), method="extract", language=lead.language, note=NO_TEXT
            )
        if length is Length.HEADLINE:
            return _headline(material, lead)
        note = ""
        written: tuple[Sentence, ...] = ()
        try:
            lines = await self._write(
                material, shape_of(material.articles, length), prompt, lead.language, urgency
            )
            written = await asyncio.to_thread(_grounded, lines, material)
        except ModelError:
            note = NO_MODEL
        sentences = written or tuple(material.own(i) for i in range(len(material.chosen)))
        return Summary(
            title=lead.title,
            sentences=sentences,
            method=_method(sentences),
            language=lead.language,
            note=note,
        )

    async def _write(
        self, material: Material, shape: Shape, prompt: str, language: str, urgency: Urgency
    ) -> dict[int, str]:
        """The model's line for each chosen sentence, by its index; raises ModelError."""
        if self._generator is None:
            raise ModelError("no model")
        texts = {i: " ".join(c.text.split()) for i, c in enumerate(material.chosen)}
        asked = [i for i, text in texts.items() if select.length(text) > _TIGHT and cuttable(text)]
        if not asked:
            return {}
        listed = "\n".join(texts[i] for i in asked)
        turns = self._prompts.render(prompt, sentences=listed, language=languages.name(language))
        writing = self._generator.generate(
            turns, max_tokens=shape.tokens, urgency=urgency, deadline=self._patience
        )
        try:
            completion = await asyncio.wait_for(writing, self._patience + _GRACE)
        except TimeoutError as e:
            raise ModelFailed("ran past its deadline") from e
        lines = aligning.lines(
            completion.text, [texts[i] for i in asked], truncated=completion.truncated, language=language
        )
        return {asked[place]: line for place, line in lines.items()}


def _joined(*notes: str) -> str:
    return " ".join(note for note in notes if note)


def _grounded(lines: dict[int, str], material: Material) -> tuple[Sentence, ...]:
    """Each line as sentences that hold, or the source's own sentence in its place."""
    kept: list[Sentence] = []
    for index in range(len(material.chosen)):
        sentence = _line(lines.get(index, ""), index, material)
        if not any(clean.same(sentence.text, k.text) for k in kept):
            kept.append(sentence)
    return tuple(kept)


def _line(text: str, index: int, material: Material) -> Sentence:
    """Source `index` as the model has it, as far as that holds."""
    own = material.own(index)
    source = material.sources[index]
    language = material.articles[material.chosen[index].article].language
    told = " ".join(clean.finished(text, language=language))
    edited = holding(own.text, told, language)
    if edited == own.text or select.length(edited) < _LEAST * select.length(own.text):
        return own
    if not check_read(edited, [source], context=material.context).supported:
        return own
    return Sentence(edited, own.citations)


def _method(sentences: Sequence[Sentence]) -> str:
    kinds = {s.extracted for s in sentences}
    return "mixed" if len(kinds) > 1 else "extract" if kinds == {True} else "model"


def _headline(material: Material, lead: Article) -> Summary:
    """The outlet's own headline, quoted; without one, how the sentence that says most begins."""
    own = material.own(0)
    text = lead.title or _beginning(own.text)
    sentence = Sentence(text, own.citations, extracted=True)
    return Summary(title=lead.title, sentences=(sentence,), method="extract", language=lead.language)


def _beginning(text: str) -> str:
    """`text`, or as much of it as a headline may have and a mark that it goes on."""
    if select.length(text) <= _HEADLINE:
        return text
    words = text.split()
    spaced = select.length(text) == len(words)
    begun = " ".join(words[:_HEADLINE]) if spaced else text[: 2 * _HEADLINE]
    return begun.rstrip(" ,;:–—-、，；：") + " …"


@dataclass(frozen=True, slots=True)
class _Compared:
    """What the numbers of a story's articles say about each other."""

    notes: tuple[str, ...]
    outdated: frozenset[tuple[int, int]]
    """(article id, start) of sentences whose number was corrected since."""


def _compared(articles: Sequence[Article], pool: Sequence[Candidate]) -> _Compared:
    said = [
        found
        for i, article in enumerate(articles)
        for found in counted(
            article, [(c.start, c.end) for c in pool if c.article == i and c.rank < _COUNTED]
        )
    ]
    corrected = corrections(articles, said)
    old = [s for c in corrected for s in c.outdated]
    differ = differences([s for s in said if s not in old])
    old += [d.earlier for d in differ if d.replaced]
    notes = (*(c.note for c in corrected), *(d.note for d in differ))
    return _Compared(notes, frozenset((s.article.id, s.start) for s in old))
