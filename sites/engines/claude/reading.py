"""Reads a stored answer of the Messages API: why it stopped, and the text in it."""

import json
from typing import Any

from sites.engines.base import CannotWrite


class Unusable(Exception):
    """The answer is not what was asked for; asked again, it may be. `cut`: it was too long for its limit."""

    def __init__(self, why: str, *, cut: bool = False) -> None:
        super().__init__(why)
        self.cut = cut


def text_of(body: str, *, canary: str) -> str:
    """Return the text of a whole answer; thinking and other blocks are passed over.

    Raises Unusable, or CannotWrite where the model refused or gave away what it was told.
    """
    if canary in body:
        raise CannotWrite("the model repeated what it was told to keep to itself")
    message = _message(body)
    stopped = message.get("stop_reason")
    if stopped == "refusal":
        details = message.get("stop_details")
        category = details.get("category") if isinstance(details, dict) else None
        raise CannotWrite(f"the model refused ({category or 'no reason given'})")
    if stopped in ("max_tokens", "model_context_window_exceeded"):
        raise Unusable("it was cut off before its end", cut=True)
    if stopped != "end_turn":
        raise Unusable(f"it ended with {stopped}")
    for block in message["content"]:
        if isinstance(block, dict) and block.get("type") == "text" and isinstance(block.get("text"), str):
            return str(block["text"])
    raise Unusable("it holds no text")


def _message(body: str) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict) or message.get("type") != "message":
        raise Unusable("it is no message")
    if not isinstance(message.get("content"), list):
        raise Unusable("it has no content")
    return message
