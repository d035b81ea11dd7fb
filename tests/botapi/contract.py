"""What a Bot API request and an update may look like, judged by aiogram's models.

They are written independently of python-telegram-bot and follow a newer Bot API, so an agreement
of both is worth something. The models let unknown keys pass; here they are an error.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin

import aiogram.methods
from aiogram.methods.base import TelegramMethod
from aiogram.types import Message, Update
from pydantic import BaseModel, ValidationError

DEPRECATED = {"reply_to_message_id", "allow_sending_without_reply", "disable_web_page_preview"}

METHODS: dict[str, type[TelegramMethod[Any]]] = {
    m.__api_method__: m
    for m in vars(aiogram.methods).values()
    if isinstance(m, type) and issubclass(m, TelegramMethod) and m is not TelegramMethod
}


class Violation(Exception):
    """The request would not be understood as it was meant."""


def check(method: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """The parameters as values: numbers, booleans, dicts and lists.

    Raises:
        Violation: an unknown method or key, or a value that does not fit.
    """
    model = METHODS.get(method)
    if model is None:
        raise Violation(f"{method} is no method of the Bot API")
    allowed = model.model_fields.keys() - DEPRECATED
    if unknown := fields.keys() - allowed:
        raise Violation(f"{method} has no parameter {', '.join(sorted(unknown))}")
    values = {name: _decoded(model, name, value) for name, value in fields.items()}
    try:
        checked = model.model_validate(values)
    except ValidationError as e:
        raise Violation(f"{method}: {e}") from e
    _no_extras(checked)
    return {name: _plain(getattr(checked, name)) for name in fields}


def check_update(update: dict[str, Any]) -> None:
    """Raise ValidationError or Violation if the stand-in itself would send nonsense."""
    _no_extras(Update.model_validate(update))


def check_message(message: dict[str, Any]) -> None:
    """The same for a message that is returned to the bot."""
    _no_extras(Message.model_validate(message))


def _decoded(model: type[BaseModel], name: str, value: str) -> Any:
    """JSON only where the parameter can't be a plain string that happens to begin like JSON."""
    if _takes_text(model.model_fields[name].annotation) or value[:1] not in "[{":
        return value
    try:
        return json.loads(value)
    except ValueError as e:
        raise Violation(f"{name} is not JSON") from e


def _takes_text(annotation: Any) -> bool:
    if get_origin(annotation) in {Union, types.UnionType}:
        return any(_takes_text(a) for a in get_args(annotation))
    return annotation is str


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True)
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value


def _no_extras(model: Any) -> None:
    if isinstance(model, list):
        for item in model:
            _no_extras(item)
    elif isinstance(model, BaseModel):
        if model.model_extra:
            raise Violation(f"{type(model).__name__} has no {', '.join(model.model_extra)}")
        for name in model.model_fields_set:
            _no_extras(getattr(model, name, None))
