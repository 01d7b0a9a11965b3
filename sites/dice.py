"""Choices that look free and are fixed: the same seed and slot always choose the same thing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Dice:
    """Picks by hashing the seed with the slot's name, so that a new slot never shifts the others."""

    seed: str

    def number(self, slot: str) -> int:
        """A whole number, 0 <= n < 2**64, for this slot."""
        digest = hashlib.sha256(f"{self.seed}|{slot}".encode()).digest()
        return int.from_bytes(digest[:8])

    def pick[T](self, slot: str, options: Sequence[T]) -> T:
        """One of `options`; they must not be empty."""
        return options[self.number(slot) % len(options)]

    def shuffle[T](self, slot: str, options: Sequence[T]) -> list[T]:
        """All options in another order."""
        ranked = sorted(range(len(options)), key=lambda index: self.number(f"{slot}.{index}"))
        return [options[index] for index in ranked]

    def sample[T](self, slot: str, options: Sequence[T], size: int) -> list[T]:
        """Up to `size` different options, in the order of `options`."""
        return [options[index] for index in sorted(self.shuffle(slot, range(len(options)))[:size])]
