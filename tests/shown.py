"""What the documentation shows: its pages, and the code blocks in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")))
_NAMED = re.compile(r"(?:#|//) ([\w./-]*\w\.(?:toml|py|yml|json)|[\w./-]*/)(?: |\n)")


class Block(NamedTuple):
    """A code block of a page."""

    page: str
    line: int
    language: str
    """The word behind the fence; of a directive with its braces."""
    text: str

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str | None:
        """The file that the block says it is, in a comment that is its first line: later blocks find it there."""
        named = _NAMED.match(self.text)
        return named[1] if named else None


def blocks(page: str) -> list[Block]:
    """All of a page in order, those that are indented or stand in a list or a quotation too."""
    found = []
    for token in MarkdownIt().parse((ROOT / page).read_text("utf-8")):
        if token.type in ("fence", "code_block"):
            assert token.map is not None
            words = token.info.split()
            found.append(Block(page, token.map[0] + 1, words[0] if words else "", token.content))
    return found


def block(page: str, language: str, containing: str) -> str:
    """The code block of a page that contains a text."""
    (found,) = [b.text for b in blocks(page) if b.language == language and containing in b.text]
    return found


def lines(text: str) -> list[str]:
    """The commands of a shell block, without comments; what goes on behind a backslash is one line."""
    joined = re.sub(r"\\\n\s*", "", text)
    return [line for raw in joined.splitlines() if (line := re.split(r"(?:^|\s)# |  #", raw)[0].strip())]


def agrees(shown: str, printed: str) -> bool:
    """Whether what is printed is as shown, where `...` stands for anything."""
    pattern = ".*?".join(re.escape(part) for part in shown.strip("\n").split("..."))
    return re.fullmatch(pattern, printed.strip("\n"), re.S) is not None
