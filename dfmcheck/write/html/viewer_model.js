"use strict";
// The design that board_data.py packed: read, and asked what is where. Lengths are µm from the board's origin.
const boardModel = (() => {
  const LINE = 1;

  // ---- reading -------------------------------------------------------------------------------------------------------

  async function inflate(base64) {
    const text = atob(base64.trim());
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  function summed(numbers) {
    for (let i = 1; i < numbers.length; i++) numbers[i] += numbers[i - 1];
    return numbers;
  }

  function starts(sizes) {
    const out = new Int32Array(sizes.length + 1);
    for (let i = 0; i < sizes.length; i++) out[i + 1] = out[i] + sizes[i];
    return out;
  }

  function unpack(bytes) {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    let at = 4 + length;
    const streams = {};
    for (const [name, count] of Object.entries(head.streams)) {
      const out = new Int32Array(count);
      for (let i = 0; i < count; i++) {
        let byte = bytes[at++], value = byte & 127;
        for (let shift = 7; byte > 127; shift += 7) {
          byte = bytes[at++];
          value |= (byte & 127) << shift;
        }
        out[i] = (value >>> 1) ^ -(value & 1);
      }
      streams[name] = out;
    }
    return [head, streams];
  }

  /** The design: things (features, holes, bodies of components, the outline if known), each a shape widened by a radius. */
  function model(bytes) {
    const [head, s] = unpack(bytes);
    const { kind } = s, x = summed(s.x), y = summed(s.y);
    const rings = starts(s.rings), points = starts(s.size);
    const features = s.layer.length, holes = s.flags.length, bodies = features + holes, things = bodies + head.bodies;
    const shape = new Int32Array(s.shape.length);
    for (let i = 0, newest = -1; i < shape.length; i++) shape[i] = s.shape[i] ? newest - s.shape[i] + 1 : ++newest;
    const radius = Float64Array.from(s.width, (at) => head.radii[at]);
    const extent = new Int32Array(4 * kind.length);
    for (let i = 0; i < kind.length; i++) {
      let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
      for (let p = points[rings[i]], end = points[rings[i + 1]]; p < end; p++) {
        if (x[p] < x0) x0 = x[p];
        if (x[p] > x1) x1 = x[p];
        if (y[p] < y0) y0 = y[p];
        if (y[p] > y1) y1 = y[p];
      }
      extent.set([x0, y0, x1, y1], 4 * i);
    }
    const board = {
      head, kind, x, y, rings, points, shape, radius, width: s.width, extent, features, holes, bodies, things, flags: s.flags,
      layer: summed(s.layer), owner: summed(s.owner), outline: head.outline ? shape[things] : -1,
      items: { kind: s.item, component: summed(s.component), net: summed(s.net), label: summed(s.label) },
      heats: summed(s.heats),
    };
    Object.assign(board, findingsOf(s.findings, head, board.items.component, features, bodies));
    board.box = (thing) => {
      const at = 4 * shape[thing], r = radius[thing];
      return [extent[at] - r, extent[at + 1] - r, extent[at + 2] + r, extent[at + 3] + r];
    };
    return board;
  }

  function findingsOf(numbers, head, components, features, bodies) {
    let at = 0;
    const run = () => {
      const out = numbers.slice(at + 1, at + 1 + numbers[at]);
      at += 1 + out.length;
      return out;
    };
    /** The one outer side of layers, else that of the parts; "" where neither tells one, and inside the board. */
    const sideOf = ({ layers, sets: of }) => {
      let top = false, bottom = false, inner = layers.length > 0;
      for (const i of layers) {
        const { side } = head.layers[i];
        top ||= side === "top";
        bottom ||= side === "bottom";
        inner &&= side === "inner";
      }
      if (top !== bottom || inner) return top ? "top" : bottom ? "bottom" : "";
      top = bottom = false;
      for (const i of of) {
        const side = head.components[components[sets[i].item]]?.[2];
        top ||= side === 0;
        bottom ||= side === 1;
      }
      return top === bottom ? "" : top ? "top" : "bottom";
    };
    const sets = [];
    for (let n = numbers[at++]; n > 0; n--) {
      const item = numbers[at++] - 1, outline = numbers[at++] === 1;
      const set = { item, outline, things: [] };
      for (const first of [0, features, bodies]) for (const i of summed(run())) set.things.push(first + i);
      sets.push(set);
    }
    const findings = [];
    let x = 0, y = 0;
    for (let n = numbers[at++]; n > 0; n--) {
      const severity = head.severities[numbers[at++]], places = [];
      for (let m = numbers[at++]; m > 0; m--) {
        const known = numbers[at++];
        if (!known) {
          places.push(null);
          continue;
        }
        const place = { x: (x += numbers[at++]), y: (y += numbers[at++]), text: head.texts[numbers[at++]], line: null, area: null, whole: known === 4 };
        place.layers = run();
        if (known === 2) {
          place.line = numbers.subarray(at, at + 4).slice();
          at += 4;
        } else if (known > 2) {
          place.area = numbers.subarray(at, at + 4).slice();
          at += 4;
        }
        place.sets = run();
        place.side = sideOf(place);
        places.push(place);
      }
      findings.push({ severity, places });
    }
    return { sets, findings };
  }

  // ---- what is where -------------------------------------------------------------------------------------------------

  function toSegment(px, py, ax, ay, bx, by) {
    const dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
    const t = length ? Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length)) : 0;
    return Math.hypot(px - ax - t * dx, py - ay - t * dy);
  }

  /** Distance of a point to a thing's edge, 0 or less inside. */
  function distance(board, thing, px, py) {
    const { x, y, points, rings } = board, shape = board.shape[thing], kind = board.kind[shape];
    let least = Infinity, inside = false;
    for (let ring = rings[shape]; ring < rings[shape + 1]; ring++) {
      const first = points[ring], end = points[ring + 1];
      if (kind <= LINE) {
        for (let p = first; p < end; p++) {
          const q = p + 1 < end ? p + 1 : p;
          least = Math.min(least, toSegment(px, py, x[p], y[p], x[q], y[q]));
        }
        continue;
      }
      for (let p = first, q = end - 1; p < end; q = p++) {
        if (y[p] > py !== y[q] > py && px < ((x[q] - x[p]) * (py - y[p])) / (y[q] - y[p]) + x[p]) inside = !inside;
        least = Math.min(least, toSegment(px, py, x[p], y[p], x[q], y[q]));
      }
    }
    return (inside ? 0 : least) - board.radius[thing];
  }

  /** Things by the square cells that their boxes touch. */
  function gridOf(board) {
    const [w, h] = board.head.size, across = Math.min(96, Math.max(4, Math.ceil(Math.sqrt(board.things) / 3)));
    const cell = Math.max(w, h) / across, columns = Math.ceil(w / cell), rows = Math.ceil(h / cell);
    const span = (thing) => {
      const [x0, y0, x1, y1] = board.box(thing), clamp = (v, n) => Math.min(n - 1, Math.max(0, Math.floor(v / cell)));
      return [clamp(x0, columns), clamp(y0, rows), clamp(x1, columns), clamp(y1, rows)];
    };
    const each = (visit) => {
      for (let thing = 0; thing < board.things; thing++) {
        const [c0, r0, c1, r1] = span(thing);
        for (let r = r0; r <= r1; r++) for (let c = c0; c <= c1; c++) visit(r * columns + c, thing);
      }
    };
    const counts = new Int32Array(columns * rows);
    each((at) => counts[at]++);
    const first = starts(counts), next = first.slice(), held = new Int32Array(first[first.length - 1]);
    each((at, thing) => (held[next[at]++] = thing));
    return (px, py) => {
      const c = Math.floor(px / cell), r = Math.floor(py / cell);
      return c < 0 || r < 0 || c >= columns || r >= rows ? [] : held.subarray(first[r * columns + c], first[r * columns + c + 1]);
    };
  }

  return { inflate, model, distance, gridOf };
})();
