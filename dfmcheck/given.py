"""What may be given as one or as several."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

Name = TypeVar("Name", bound="str | Path")


def listed(names: Name | Iterable[Name]) -> list[Name]:
    """One name, or several."""
    return [names] if isinstance(names, (str, Path)) else list(names)


def words(texts: str | Iterable[str]) -> list[str]:
    """What texts hold, each of them one word or several with commas."""
    return [word.strip() for text in listed(texts) for word in text.split(",") if word.strip()]
