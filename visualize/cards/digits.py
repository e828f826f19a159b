"""How many of a number's decimal digits are right, and where the others went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from visualize.cards.labels import counted

ALL_DIGITS: Final = 16
"""So many decimal digits a double has, rounded up from 15.95."""


@dataclass(frozen=True)
class Digits:
    """Where the digits of a number are.

    Attributes:
        left: How many are right.
        lost: How many were lost here.
        inherited: How many were lost before, in its operands.
    """

    left: int
    lost: int
    inherited: int

    @classmethod
    def of(cls, number: float, operands: list[float]) -> Digits:
        """The digits of a number, from those that it and its operands can be trusted.

        What is fewer than in the worst operand was lost here. An operation may also
        have more digits than its operands, where it hardly reads the worst.
        """
        left = min(ALL_DIGITS, round(number))
        worst = min([ALL_DIGITS, *map(round, operands)])
        lost = max(0, worst - left)
        return cls(left, lost, ALL_DIGITS - left - lost)

    def __str__(self) -> str:
        parts = [f"{counted(self.left, 'digit')} left"]
        if self.lost:
            parts.append(f"{self.lost} lost here")
        if self.inherited:
            parts.append(f"{self.inherited} inherited")
        return " · ".join(parts)
