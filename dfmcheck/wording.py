"""Half sentences that follow the names of parts."""

from __future__ import annotations

_VERBS = (("have", "has"), ("are", "is"), ("need", "needs"), ("leave", "leaves"), ("do", "does"), ("stand", "stands"))
"""Of several parts, and of one."""


def agree(why: str, number: int) -> str:
    """`have their leads below` after so many parts: of one it is `has its leads below`."""
    one = number == 1
    verb, _, rest = why.partition(" ")
    verb = next((pair[one] for pair in _VERBS if verb in pair), verb)
    return f"{verb} {rest.replace('their ', 'its ') if one else rest}"
