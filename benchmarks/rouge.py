"""ROUGE as the published tables have it: Google's `rouge-score`, Porter stemming, summary-level Lsum.

With several references the one with the highest ROUGE-1 F counts, for all three figures. Sentences
of Lsum are those of `bot.news.sentences`.
"""

from collections.abc import Sequence

from bot.news.sentences import split

Figures = tuple[float, float, float]


def rouge(references: Sequence[str], text: str) -> Figures:
    """ROUGE-1, ROUGE-2 and ROUGE-Lsum F, in per cent."""
    scores = [_scorer().score(_lines(r), _lines(text)) for r in references]
    best = max(scores, key=lambda s: s["rouge1"].fmeasure)
    return tuple(100 * best[name].fmeasure for name in ("rouge1", "rouge2", "rougeLsum"))


def mean(figures: Sequence[Figures]) -> Figures:
    """The mean of each figure."""
    return tuple(sum(column) / len(figures) for column in zip(*figures, strict=True))


def shown(figures: Figures) -> str:
    """`46.1/22.0/41.3`."""
    return "/".join(f"{f:.1f}" for f in figures)


def _lines(text: str) -> str:
    return "\n".join(text[a:b] for a, b in split(text))


def _scorer():
    from rouge_score import rouge_scorer

    return rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeLsum"], use_stemmer=True)
