"""What trees are asked with."""

import numpy as np
import shapely

from dfmcheck import shape


def test_boxes_hold_their_shapes_and_what_is_empty_meets_nothing():
    cores = np.array([shapely.Point(), shapely.Point(1, 1), shapely.LineString([(0, 0), (3, 0)])], object)
    boxes = shape.boxes(cores, np.array([0.1, 0.25, 0.5]), 0.25)
    assert boxes[0] is None
    assert shapely.bounds(boxes[1:]).tolist() == [[0.5, 0.5, 1.5, 1.5], [-0.75, -0.75, 3.75, 0.75]]
    i, j = shape.meeting(boxes, boxes)
    assert sorted(zip(i.tolist(), j.tolist())) == [(1, 1), (1, 2), (2, 1), (2, 2)]
