"""What counts as support for a sentence, and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.news.grounding import check

SOURCES = (
    "The old harbour bridge, which carries about 9,000 cars a day, will close on Monday for eleven weeks.",
    "Engineers found rust in four of its nine cables in March.",
    '"We can\'t take chances," said Mara Lind, 48, who leads the council of Estonia.',
    "Norway beat Sweden 3-1 in the final.",
    "The company did not pay its 120 workers in May.",
    "Profits rose by 5 per cent to $1.2 billion.",
    "The driver allegedly stole a van from the harbour.",
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The old harbour bridge will close on Monday for 11 weeks.",
        "Engineers found rust in 4 of its nine cables.",
        'Mara Lind, who leads the Estonian council, said "we can\'t take chances".',
        "Mara Lind said: “We can not take chances.”",
        "Norway beat Sweden in the final.",
        "Profits rose by five percent to 1,200 million dollars.",
        "The company did not pay its workers.",
    ],
)
def test_sentence_that_keeps_the_facts_is_supported(sentence: str) -> None:
    assert check(sentence, SOURCES).problems == ()
    assert check(sentence, SOURCES).supported


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("The old harbour bridge will close on Monday for twelve weeks.", "number twelve"),
        ("The old harbour bridge will close on Tuesday for eleven weeks.", "date Tuesday"),
        ("The council leader Orla Lind said engineers found rust.", "name Orla"),
        ("The old harbour bridge will not close on Monday.", "negation not"),
        ("The company did pay its 120 workers in May.", "negation left out"),
        ("Sweden beat Norway 3-1 in the final.", "swapped"),
        ("Profits fell by 5 per cent to $1.2 billion.", "opposite fell"),
        ('Mara Lind said: "We will take every chance."', "quotation"),
        ("Profits rose by 5 million.", "number 5 million"),
        ("The driver stole a van from the harbour.", "hedge left out: allegedly"),
    ],
)
def test_sentence_that_changes_a_fact_fails_and_says_which(sentence: str, problem: str) -> None:
    verdict = check(sentence, SOURCES)
    assert not verdict.supported
    assert any(p.startswith(problem) for p in verdict.problems), verdict


def test_sentence_about_something_else_fails_without_any_wrong_fact() -> None:
    assert not check("Several museums opened new exhibitions about modern painting.", SOURCES).supported


def test_a_number_from_another_sentence_is_no_support() -> None:
    assert not check("Engineers found rust in eleven cables.", SOURCES).supported


def test_context_supplies_names_that_the_sentence_only_points_to() -> None:
    source = ("He will leave the party in May.",)
    assert not check("Rasmus Holt will leave the party in May.", source).supported
    assert check("Rasmus Holt will leave the party in May.", source, context=("Rasmus Holt quits",)).supported


def test_support_names_the_sentence_that_carries_it() -> None:
    assert check("Engineers found rust in four cables.", SOURCES).support[0] == 1


def test_nothing_supports_without_sources() -> None:
    assert not check("The bridge will close.", ()).supported


def test_chinese_is_checked_by_its_characters() -> None:
    source = ("市政府周四宣布，旧港大桥将于周一关闭十一个星期。",)
    assert check("旧港大桥将于周一关闭。", source).supported
    assert not check("博物馆举办了新的绘画展览。", source).supported


@given(st.sampled_from(SOURCES))
def test_a_source_supports_itself(sentence: str) -> None:
    assert check(sentence, SOURCES).supported


@given(st.text(max_size=200), st.lists(st.text(max_size=200), max_size=4))
def test_any_text_gets_a_verdict_with_a_score_between_0_and_1(sentence: str, sources: list[str]) -> None:
    verdict = check(sentence, sources)
    assert 0 <= verdict.score <= 1
    assert all(0 <= i < len(sources) for i in verdict.support)
