"""The tokenizer: what it makes of KiCad's lists, and that damage is told with its line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfmcheck.errors import DfmError
from dfmcheck.read.sexpr import Node, children, number


def parse(inner: str) -> list[Any]:
    return list(children(f"(root {inner})", "root", "file"))


def plain(node: Any) -> Any:
    return [plain(n) for n in node] if isinstance(node, list) else node.tolist() if isinstance(node, np.ndarray) else node


def test_lists_atoms_and_strings() -> None:
    nodes = parse('(a 1 -2.5 b) (c "x (y) z") (d (e f) "g" h (i "j"))')
    assert plain(nodes) == [["a", "1", "-2.5", "b"], ["c", "x (y) z"], ["d", ["e", "f"], "g", "h", ["i", "j"]]]
    assert isinstance(nodes[2], Node)
    assert nodes[2].offset == len('(root (a 1 -2.5 b) (c "x (y) z") ')


def test_offsets_count_bytes_not_characters() -> None:
    data = '(root (c "Ωµ") (d (e f)))'.encode()
    nodes = list(children(data.decode("latin-1"), "root", "file"))
    assert nodes[0] == ["c", "Ωµ"]
    assert data[nodes[1].offset :].startswith(b"(d (e f)")


def test_escapes() -> None:
    assert parse(r'(a "q\"q" "b\\s" "l\nl") (b "x\"y")') == [["a", 'q"q', "b\\s", "l\nl"], ["b", 'x"y']]


def test_a_word_glued_to_a_parenthesis_opens_a_list() -> None:
    assert plain(parse("(t (curved no)filter_ratio 0.9) (u 1))")) == [
        ["t", ["curved", "no"], ["filter_ratio", "0.9"], ["u", "1"]]
    ]


def test_points_become_arrays_and_other_points_lists() -> None:
    (node,) = parse("(p (pts (xy 1 2) (xy -3.5 4e1)\n (xy 0 0)))")
    assert plain(node[1]) == ["pts", [[1, 2], [-3.5, 40], [0, 0]]]
    (node,) = parse("(p (pts (xy 1 2) (arc (start 0 0) (mid 1 1) (end 2 0))))")
    assert plain(node[1]) == ["pts", ["xy", "1", "2"], ["arc", ["start", "0", "0"], ["mid", "1", "1"], ["end", "2", "0"]]]


def test_blobs_are_skipped() -> None:
    assert plain(parse("(files (file (name x) (data |KLUv/\nabc==|)) (b 1))")) == [["files", ["file", ["name", "x"]], ["b", "1"]]]


def test_old_atoms_may_hold_bars() -> None:
    assert parse("(net 5 /A|B)") == [["net", "5", "/A|B"]]


TRACK = '(segment\n\t(start 1 2)\n\t(end 3 -4.5)\n\t(width 0.2)\n\t(layer "F.Cu")\n\t(net 7)\n\t(uuid "ab-cd")\n)'
FIELD = (
    '(property "Part \u2126" "1\\"k" (at 0 0 90) (unlocked yes) (layer "F.Fab") (hide yes) (uuid "ab") '
    "(effects (font (size 1 1) (thickness 0.15)) (justify left)))"
)


def test_tracks_and_hidden_fields_are_single_tokens() -> None:
    text = f"(root {TRACK} (footprint {FIELD}))".encode().decode("latin-1")
    track, footprint = children(text, "root", "file")
    assert plain(track) == ["track", "1", "2", "3", "-4.5", "0.2", "F.Cu", "7"]
    assert text[track.offset :].startswith("(segment")
    assert plain(footprint) == ["footprint", ["property", "Part \u2126", '1"k']]


@pytest.mark.parametrize("change", ["(locked yes)", "(solder_mask_margin 1)"])
def test_tracks_that_say_more_are_read_in_full(change: str) -> None:
    (node,) = parse(TRACK.replace('(uuid "ab-cd")', f'{change} (uuid "ab-cd")'))
    assert node[0] == "segment"
    assert plain(node[-1]) == ["uuid", "ab-cd"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("(root\n(a 1)\n(b (c 2)", 3, "no end"),
        ("(root (a 1)))\n", 1, "more closing"),
        ('(root\n\n(a "b)', 3, "string"),
        ("(root\n(p (pts (xy 1 2)\n (xy 1-2 3))))", 2, "point"),
        ("(root\n(p (pts (xy 1 2e9))))", 2, "range"),
        ("(root (a 1))\n(root (a 1))", 2, "second"),
        ("(other (a 1))", None, "not with (root"),
        ("(root)", None, "content"),
        ("", None, "content"),
    ],
)
def test_damage_is_told_with_its_line(text: str, line: int | None, words: str) -> None:
    with pytest.raises(DfmError, match=words.replace("(", r"\(")) as caught:
        list(children(text, "root", "file"))
    assert caught.value.line == line


def test_deep_nesting_neither_recurses_nor_hangs() -> None:
    deep = "(a " * 100_000
    with pytest.raises(DfmError, match="no end"):
        list(children(f"(root {deep}", "root", "file"))
    (node,) = children(f"(root {deep}b{')' * 100_000})", "root", "file")
    assert node[0] == "a"


@pytest.mark.parametrize("atom", ["nan", "inf", "-inf", "1e308", "100001", "x", ""])
def test_numbers_are_finite_and_near(atom: str) -> None:
    with pytest.raises(ValueError, match=r"range|float"):
        number(atom)


TREES = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=8),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=20,
)


@given(TREES.filter(lambda tree: isinstance(tree, list)))
def test_what_is_written_is_read(tree: Any) -> None:
    def write(node: Any) -> str:
        if isinstance(node, str):
            return '"' + node.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        return "(x " + " ".join(write(n) for n in node) + ")"

    def named(node: Any) -> Any:
        return node if isinstance(node, str) else ["x", *(named(n) for n in node)]

    text = f"(root {write(tree)})".encode().decode("latin-1")
    assert plain(list(children(text, "root", "file"))) == [named(tree)]
