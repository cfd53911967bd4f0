"""The same objects written in every number format read as the same graphics."""

import numpy as np
from gerbers import HEAD
from hypothesis import given, settings
from hypothesis import strategies as st

from dfmcheck.read.gerber import read_gerber

STEP = st.integers(-99_999, 99_999)  # of 0.0001 inch = 2.54 um, below 10 inches
OBJECTS = st.lists(st.tuples(st.sampled_from([1, 2, 3]), STEP, STEP), min_size=1, max_size=20)


def digits(value: int, style: str) -> str:
    """A number of 0.0001 inch in format 2.4 of the style."""
    sign, text = "-" if value < 0 else "", str(abs(value))
    if style == "leading":  # leading zeros omitted
        return sign + text
    text = text.rjust(6, "0")
    if style == "trailing":
        return sign + (text.rstrip("0") or "0")
    if style == "point":
        return f"{sign}{text[:2]}.{text[2:]}"
    return sign + text


def written(objects, style: str, modal: bool) -> bytes:
    zeros = "T" if style == "trailing" else "L"
    text = f"%FS{zeros}{'I' if style == 'incremental' else 'A'}X24Y24*%\n%MOIN*%\n%ADD10C,0.01*%\nD10*\n"
    last = (0, 0)
    for op, x, y in objects:
        number = "leading" if style == "incremental" else style
        dx, dy = (x - last[0], y - last[1]) if style == "incremental" else (x, y)
        same_x, same_y = modal and x == last[0], modal and y == last[1]
        text += ("" if same_x else "X" + digits(dx, number)) + ("" if same_y else "Y" + digits(dy, number)) + f"D0{op}*\n"
        last = x, y
    return (text + "M02*\n").encode()


@settings(max_examples=60, deadline=None)
@given(OBJECTS, st.sampled_from(["leading", "trailing", "full", "point", "incremental"]), st.booleans())
def test_the_same_graphics_in_every_format(objects, style, modal):
    text = HEAD + "%ADD10C,0.254*%\nD10*\n" + "".join(f"X{x * 2540}Y{y * 2540}D0{op}*\n" for op, x, y in objects) + "M02*\n"
    plain, other = read_gerber(text.encode(), "a.gbr").graphics, read_gerber(written(objects, style, modal), "b.gbr").graphics
    expected = [(op, x * 0.00254, -y * 0.00254) for op, x, y in objects if op != 2]
    assert len(plain) == len(other) == len(expected)
    for a, b in zip(plain.core, other.core):
        assert a.geom_type == b.geom_type
        assert np.allclose(a.coords, b.coords, atol=1e-9, rtol=0)
    assert np.allclose(plain.radius, 0.127)
    assert np.allclose(other.radius, 0.127)
    assert plain.form.tolist() == [0 if op == 3 else 1 for op, _, _ in expected]
    ends = np.array([c.coords[-1] for c in plain.core]).reshape(-1, 2)
    assert np.allclose(ends, np.array([e[1:] for e in expected]).reshape(-1, 2), atol=1e-9, rtol=0)
