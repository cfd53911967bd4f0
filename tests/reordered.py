"""The same KiCad board with its items in another order in the file: of the board, and in its footprints."""

from __future__ import annotations

import random
import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[()]|(?<=\))[^\s()"]', re.DOTALL)
_NAME = re.compile(r"\(?\s*([^\s()\"]*)")
_BOARD = re.compile(r"footprint|module|segment|arc|via|zone|target|dimension|table|gr_\w+")
_FOOTPRINT = re.compile(r"pad|zone|dimension|fp_\w+")


def reordered(board: str, seed: int = 0) -> str:
    """Items change places with each other, declared nets with each other; settings, which come before them, stay."""
    return _shuffled(board, random.Random(seed), (_BOARD, re.compile("net")))


def _shuffled(text: str, chance: random.Random, kinds: tuple[re.Pattern[str], ...]) -> str:
    """A list with those of its lists that have names of one kind in each other's places, footprints shuffled in themselves."""
    spans = _lists(text)
    parts = [text[start:end] for start, end in spans]
    names = [_NAME.match(part)[1] for part in parts]  # type: ignore[index]
    inside = [name in ("footprint", "module") for name in names]
    parts = [_shuffled(part, chance, (_FOOTPRINT,)) if more else part for part, more in zip(parts, inside)]
    for kind in kinds:
        rows = [k for k, name in enumerate(names) if kind.fullmatch(name)]
        other = chance.sample(rows, len(rows))
        for row, part in zip(rows, [parts[k] for k in other]):
            parts[row] = part
    out, last = [], 0
    for (start, end), part in zip(spans, parts):
        out += [text[last:start], part]
        last = end
    return "".join([*out, text[last:]])


def _lists(text: str) -> list[tuple[int, int]]:
    """Where the lists in a list begin and end."""
    depth, begin, found = 0, 0, []
    for token in _TOKEN.finditer(text):
        if token[0][0] == '"':
            continue
        if token[0] == ")":
            depth -= 1
            if depth == 1:
                found.append((begin, token.end()))
        else:
            depth += 1
            if depth == 2:
                begin = token.start()
    return found


def renumbered(board: str) -> str:
    """The same board with its nets numbered the other way round."""
    codes = {code: None for code in re.findall(r'\(net (\d+) "?[^\s)]', board) if code != "0"}
    new = dict(zip(codes, reversed(codes)))
    return re.sub(r"\(net (\d+)(?=[\s)])", lambda m: f"(net {new.get(m[1], m[1])}", board)
