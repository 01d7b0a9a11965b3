"""What is asked of the Messages API and what it answers, as plain values; the SDK is not needed for these."""

from dataclasses import dataclass
from typing import Any

from pipeline.errors import BadData

SOURCE = "claude"  # the switch is source:claude


class RequestRefused(BadData):
    """The API will not take this request however often it is sent: a fault of ours."""


@dataclass(frozen=True)
class Access:
    """Where the API is and how to get in; `seconds` bounds one whole call."""

    key: str
    base_url: str
    seconds: float


@dataclass(frozen=True)
class Question:
    """One call. The system text is the same for all calls of a model, so that it is cached."""

    model: str
    system: str
    text: str
    schema: dict[str, Any]
    max_tokens: int
    effort: str = "low"

    def prompt(self) -> dict[str, Any]:
        """What is charged as input, as the API takes it."""
        cached = {"type": "text", "text": self.system, "cache_control": {"type": "ephemeral", "ttl": "5m"}}
        return {
            "model": self.model,
            "system": [cached],
            "messages": [{"role": "user", "content": [{"type": "text", "text": self.text}]}],
            "output_config": {
                "effort": self.effort,
                "format": {"type": "json_schema", "schema": self.schema},
            },
        }

    def params(self) -> dict[str, Any]:
        return {"max_tokens": self.max_tokens, **self.prompt()}

    @property
    def most_tokens(self) -> int:
        """Surely no fewer than the prompt has: no token is shorter than a byte."""
        return len(str(self.prompt()).encode())


@dataclass(frozen=True)
class Answer:
    """The raw body, which nobody has read yet, and the API's name for the request."""

    body: str
    request_id: str
