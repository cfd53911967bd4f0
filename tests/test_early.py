"""A board that another process reads is the board."""

import os
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import shapely

from dfmcheck.beside import POSSIBLE, beside
from dfmcheck.board import Table
from dfmcheck.errors import DfmError
from dfmcheck.read import early
from dfmcheck.read.places import Place, read_place

pytestmark = pytest.mark.skipif(not POSSIBLE, reason="this system cannot fork")
BOARD = Path(__file__).parent.parent / "fixtures" / "rules" / "component-gap.kicad_pcb"


def test_the_board_is_the_same_and_cannot_be_changed():
    place = Place(BOARD)
    reading = early.begin(place, ())
    assert reading is not None
    (there,), _ = reading()
    (here,), _ = read_place(place)
    for field in fields(here):
        one, two = getattr(here, field.name), getattr(there, field.name)
        if not isinstance(one, Table):
            assert field.name == "sources" or np.array_equal(one, two) or one == two or one != one, field.name
            continue
        for column in fields(one):
            told, read = getattr(two, column.name), getattr(one, column.name)
            assert told.dtype == read.dtype
            assert not told.flags.writeable
            np.testing.assert_array_equal(told, read)
    assert there.sources[0].data == here.sources[0].data


def test_shapes_are_handed_over_to_the_bit_with_their_kinds():
    ring = shapely.LinearRing([(0, 0), (1, 0.1), (0.3, 1)])
    shapes = [ring, shapely.Point(1 / 3, 2), shapely.LineString([(0, 0), (1, 1)]), shapely.Polygon(), shapely.box(0, 0, 1, 2)]
    shapes = np.array(shapes, object)
    done = beside(lambda: shapes)()
    assert [shape.geom_type for shape in done] == [shape.geom_type for shape in shapes]
    assert shapely.equals_exact(done, shapes).all()


def test_where_a_second_process_fails_the_work_is_done_here(monkeypatch):
    here = os.getpid()
    assert beside(lambda: os.getpid() if os.getpid() == here else os._exit(3))() == here
    monkeypatch.setattr(os, "fork", lambda: (_ for _ in ()).throw(BlockingIOError("no more processes")))
    assert beside(os.getpid)() == here


def test_what_cannot_be_read_is_told_as_ever(tmp_path):
    broken = tmp_path / "a.kicad_pcb"
    broken.write_text('(kicad_pcb (version 20240108) (segment (start 1 x) (end 2 2) (width 0.2) (layer "F.Cu")))')
    reading = early.begin(Place(broken), ())
    with pytest.raises(DfmError) as here:
        read_place(Place(broken))
    with pytest.raises(DfmError) as there:
        reading()
    assert (str(there.value), there.value.path, there.value.line) == (str(here.value), here.value.path, here.value.line)


def test_only_boards_of_a_moderate_size_are_read_so(tmp_path, monkeypatch):
    other = tmp_path / "a.gbr"
    other.write_text("G04*\n")
    assert early.begin(Place(other), ()) is early.begin(Place(tmp_path), ()) is early.begin(Place(BOARD), (other,)) is None
    monkeypatch.setattr(early, "_MOST", 10)
    assert early.begin(Place(BOARD), ()) is None
