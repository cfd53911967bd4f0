"""What ACME Assembly asks of a board. dfmcheck imports this by its entry point, and finds the folder `rules` beside it."""

from . import glue

__all__ = ["glue"]
