"""Ranking 排序计分: BM25 over whole numbers summed from exactly the opened indexes: a split changes no bit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

K1 = 1.2
B = 0.75


@dataclass(frozen=True, slots=True)
class World:
    """What is counted over all opened indexes 统计范围: pages, tokens of text and title, pages with each phrase."""

    pages: int
    tokens: int
    holding: tuple[int, ...]


class Scorer:
    """Scores pages of one world 计分器."""

    def __init__(self, world: World) -> None:
        mean = world.tokens / world.pages if world.pages and world.tokens else 1.0
        self._weights = [math.log(1 + (world.pages - n + 0.5) / (n + 0.5)) * (K1 + 1) for n in world.holding]
        self._flat, self._slope = K1 * (1 - B), K1 * B / mean

    def score(self, counts: Sequence[int], length: int) -> float:
        """The score of a page of ``length`` tokens that holds each phrase as often as ``counts`` says."""
        norm = self._flat + self._slope * length
        total = 0.0
        for weight, count in zip(self._weights, counts, strict=True):
            if count:
                total += weight * count / (count + norm)
        return total
