"""Replies in the terminal: what the chat room would say, rendered for the console."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.posts import story_post
from bot.chat.render import render
from bot.types import Article, Reply, Story, Summary


def print_reply(reply: Reply) -> None:
    """Print a reply as a terminal chat shows it, without its buttons: there is no chat to press them in."""
    reply = replace(reply, buttons=())
    print("\n".join(part.plain for part in render(reply, "console")))


def summary_reply(summary: Summary, article: Article) -> Reply:
    """The summary of one article as the post of a story that has only this article."""
    story = Story(
        id=0,
        title=article.title,
        created=article.fetched,
        updated=article.fetched,
        article_ids=(article.id,),
        lead_id=article.id,
    )
    return story_post(story, [article], summary)
