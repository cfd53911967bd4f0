"""What ACME Assembly asks of a board: dfmcheck imports this by its entry point."""

from . import glue

__all__ = ["glue"]
