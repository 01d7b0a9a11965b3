"""A judgement that holds no more is taken off a business: without score and reasons it waits for a look."""

from typing import Any


def unjudged(text: str) -> dict[str, Any]:
    """Return the columns of a business that waits to be judged; text: why, in one sentence."""
    return {
        "reasons": [{"code": "waits", "points": 0, "text": text}],
        "score": None,
        "evidence": "",
        "chain": "",
        "rule_version": None,
        "decided_at": None,
    }
