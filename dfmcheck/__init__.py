"""dfmcheck: manufacturability checks for printed circuit boards."""

__version__ = "0.1.0"
