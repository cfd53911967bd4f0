"""Selections: a few words that name features or holes."""

import numpy as np
import pytest
from small import board, footprint, pad, smd, track, via

from dfmcheck import DfmError, select
from dfmcheck.board import Kind

BOARD = board(
    footprint(
        smd(number="1"),
        pad("circle", "1 1", "0.5", at="3 0", number="2"),
        pad("circle", "1 1", "1", kind="np_thru_hole", at="6 0"),
    ),
    via(0.6, 0.3),
    track(0.2, layer="In1.Cu"),
    copper=4,
)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("copper & via", {Kind.VIA}),
        ("inner & track", {Kind.TRACK}),
        ("copper & ~pad", {Kind.VIA, Kind.TRACK}),
        ("pad & smd | track", {Kind.PAD, Kind.TRACK}),
        ("(pad | via) & inner", {Kind.PAD, Kind.VIA}),
    ],
)
def test_words_combine(text, kinds):
    mask = select.features(BOARD, text)
    assert set(BOARD.features.kind[mask]) == kinds


def test_and_binds_stronger_than_or_and_not_strongest():
    def mask(text):
        return select.features(BOARD, text)

    assert np.array_equal(mask("via | pad & inner"), mask("via") | (mask("pad") & mask("inner")))
    assert np.array_equal(mask("~via & inner"), ~mask("via") & mask("inner"))
    assert np.array_equal(mask("~(via | inner)"), ~(mask("via") | mask("inner")))


def test_holes_have_their_own_words():
    assert [int(select.holes(BOARD, t).sum()) for t in ("any", "via", "pth", "npth", "slot", "round")] == [3, 1, 1, 1, 0, 3]


@pytest.mark.parametrize("text", ["pads", "pad &", "& pad", "(pad", "pad)", "pad via", "pad ! via", ""])
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(DfmError, match="selection"):
        select.features(BOARD, text)
