"""Explorers: figures that the reader moves, in a notebook and on the website, from the same code."""

from .base import Explorer
from .unit_ball import UnitBall

__all__ = ["Explorer", "UnitBall"]
