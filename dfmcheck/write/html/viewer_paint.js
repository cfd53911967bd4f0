"use strict";
// Pictures of the board: its layers as they look, and findings over them. Lengths are µm from the board's origin; a view is
// {x, y, scale, flip}: its middle, device pixels a µm, and whether the board is seen from below.
const boardPaint = (() => {
  const POINT = 0, LINE = 1;
  const PLATED = 1, REACHES = { top: 2, bottom: 4 }, OPEN = { top: 8, bottom: 16 };
  const CHUNK = 2500, CACHED = 3, MARKER = 16;
  const COLOURS = {
    items: ["#ff3fa4", "#21d4fd"], dim: "rgba(10,12,16,0.56)", line: "#ffffff", casing: "#101318",
    error: "#c4161c", warning: "#f2a900", note: "#1f6fb5",
    paste: "#9aa0a6", courtyard: "#ff26e2", fab: "#b9c4d0", xray: "#12171f",
    copper: ["#d1495b", "#7fc87f", "#ce7d2c", "#4fcbcb", "#db628b", "#a7a5c6", "#28cc8f", "#f2eda1", "#8dcbff", "#c9a0dc", "#d7c27d", "#6fa8dc"],
    bottom: "#4d7fc4", heat: ["#2b1055", "#6a1b7a", "#b5367a", "#ee605e", "#fca44d", "#fcfdbf"],
  };

  // ---- paths ---------------------------------------------------------------------------------------------------------

  /** Rings of things that one call draws: near each other, of one kind and width. What is large comes first, hole by hole. */
  function chunksOf(board, things) {
    const tile = Math.max(...board.head.size) / 10, open = new Map(), out = [], large = [];
    const chunk = (kind, radius, erase = false) => ({
      kind, radius, erase, runs: [], size: 0, x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity, paths: new Map(),
    });
    for (const thing of things) {
      const shape = board.shape[thing], kind = board.kind[shape], at = 4 * shape, { extent, rings, points } = board, r = board.radius[thing];
      const size = points[rings[shape + 1]] - points[rings[shape]];
      if (size > CHUNK && kind > LINE) {
        for (const part of partsIn(board, rings[shape], rings[shape + 1])) large.push(split(board, part, (erase) => chunk(kind, r, erase)));
        continue;
      }
      const column = Math.floor((extent[at] + extent[at + 2]) / 2 / tile), row = Math.floor((extent[at + 1] + extent[at + 3]) / 2 / tile);
      const key = ((kind === POINT ? 0 : board.width[thing]) * 3 + kind) * 1e4 + (row + 1) * 100 + column + 1;
      let into = open.get(key);
      if (!into || into.size > CHUNK) {
        into = chunk(kind, r);
        open.set(key, into);
        out.push(into);
      }
      into.runs.push(rings[shape], rings[shape + 1], r);
      into.size += size;
      if (extent[at] - r < into.x0) into.x0 = extent[at] - r;
      if (extent[at + 1] - r < into.y0) into.y0 = extent[at + 1] - r;
      if (extent[at + 2] + r > into.x1) into.x1 = extent[at + 2] + r;
      if (extent[at + 3] + r > into.y1) into.y1 = extent[at + 3] + r;
    }
    large.sort((a, b) => b[0].area - a[0].area);
    return [...large.flat(), ...out];
  }

  /** Runs of rings that are each one outline with its holes: those turn the other way. */
  function partsIn(board, first, end) {
    const { x, y, points } = board, out = [];
    const turn = (ring) => {
      let area = 0;
      for (let p = points[ring], q = points[ring + 1] - 1; p < points[ring + 1]; q = p++) area += (x[q] - x[p]) * (y[q] + y[p]);
      return area > 0;
    };
    const outer = turn(first);
    for (let ring = first; ring < end; ring++) {
      if (ring === first || turn(ring) === outer) out.push([ring, ring + 1]);
      else out[out.length - 1][1] = ring + 1;
    }
    return out;
  }

  /** Chunks that fill an outline and then clear its holes, so that none takes long. */
  function split(board, [first, end], chunk) {
    const { x, y, points } = board, out = [chunk(false)];
    const add = (into, ring) => {
      into.runs.push(ring, ring + 1, 0);
      into.size += points[ring + 1] - points[ring];
      for (let p = points[ring]; p < points[ring + 1]; p++) {
        into.x0 = Math.min(into.x0, x[p] - into.radius);
        into.y0 = Math.min(into.y0, y[p] - into.radius);
        into.x1 = Math.max(into.x1, x[p] + into.radius);
        into.y1 = Math.max(into.y1, y[p] + into.radius);
      }
    };
    add(out[0], first);
    out[0].area = (out[0].x1 - out[0].x0) * (out[0].y1 - out[0].y0);
    for (let ring = first + 1; ring < end; ring++) {
      if (out.length === 1 || out[out.length - 1].size > CHUNK) out.push(chunk(true));
      add(out[out.length - 1], ring);
    }
    return out;
  }

  /** A path of runs of rings (first, end, radius) without what is smaller than half of `pixel` (µm, 0 for all there is). */
  function traced(board, kind, runs, pixel) {
    const { x, y, points } = board, path = new Path2D(), least = pixel / 2;
    for (let at = 0; at < runs.length; at += 3) {
      const r = runs[at + 2];
      for (let ring = runs[at]; ring < runs[at + 1]; ring++) {
        const first = points[ring], end = points[ring + 1];
        let px = x[first], py = y[first];
        if (kind === POINT) {
          if (2 * r < pixel) path.rect(px - r, py - r, 2 * r, 2 * r);
          else {
            path.moveTo(px + r, py);
            path.arc(px, py, r, 0, 2 * Math.PI);
          }
          continue;
        }
        if (kind > LINE && ring > runs[at] && least && tiny(x, y, first, end, 2 * least)) continue;
        path.moveTo(px, py);
        for (let p = first + 1; p < end; p++) {
          if (p < end - 1 && Math.abs(x[p] - px) < least && Math.abs(y[p] - py) < least) continue;
          px = x[p];
          py = y[p];
          path.lineTo(px, py);
        }
        if (kind > LINE) path.closePath();
        else if (end - first === 1) path.lineTo(px + 0.01, py);
      }
    }
    return path;
  }

  function tiny(x, y, first, end, size) {
    for (let p = first + 1; p < end; p++) if (Math.abs(x[p] - x[first]) > size || Math.abs(y[p] - y[first]) > size) return false;
    return true;
  }

  /** How fine what is drawn at a pixel size (µm) has to be: a power of two, or 0 for all there is. */
  function levelOf(pixel) {
    return pixel < 2 ? 0 : 2 ** Math.floor(Math.log2(pixel));
  }

  function paint(ctx, board, chunk, pixel) {
    const level = levelOf(pixel);
    let path = chunk.paths.get(level);
    if (!path) {
      if (chunk.paths.size >= CACHED) chunk.paths.delete(chunk.paths.keys().next().value);
      chunk.paths.set(level, (path = traced(board, chunk.kind, chunk.runs, level)));
    }
    if (chunk.erase) {
      ctx.globalCompositeOperation = "destination-out";
      ctx.fill(path);
      ctx.globalCompositeOperation = "source-over";
      if (2 * chunk.radius >= pixel / 2) draw(ctx, path, LINE, chunk.radius, pixel);
    } else draw(ctx, path, chunk.kind, chunk.radius, pixel);
  }

  function draw(ctx, path, kind, radius, pixel) {
    if (kind !== LINE) ctx.fill(path);
    if (kind === POINT || (kind > LINE && 2 * radius < pixel / 2)) return;
    const thin = 2 * radius < 1.5 * pixel;
    ctx.lineWidth = Math.max(2 * radius, 0.8 * pixel);
    ctx.lineCap = thin ? "butt" : "round";
    ctx.lineJoin = thin ? "bevel" : "round";
    ctx.stroke(path);
  }

  // ---- the picture ---------------------------------------------------------------------------------------------------

  function surface(width, height, canvas = document.createElement("canvas")) {
    canvas.width = width;
    canvas.height = height;
    return canvas.getContext("2d", { willReadFrequently: true });
  }

  function matrix(ctx, view) {
    const a = view.flip ? -view.scale : view.scale, { width, height } = ctx.canvas;
    ctx.setTransform(a, 0, 0, view.scale, width / 2 - a * view.x, height / 2 - view.scale * view.y);
  }

  /** Whether a box is seen. */
  function inView(ctx, view) {
    const half = ctx.canvas.width / 2 / view.scale, tall = ctx.canvas.height / 2 / view.scale;
    return (box) => box.x1 >= view.x - half && box.x0 <= view.x + half && box.y1 >= view.y - tall && box.y0 <= view.y + tall;
  }

  function toScreen(view, width, height, x, y) {
    return [width / 2 + (view.flip ? -1 : 1) * (x - view.x) * view.scale, height / 2 + (y - view.y) * view.scale];
  }

  function fitted(box, width, height, flip, margin = 0.94) {
    const scale = margin * Math.min(width / Math.max(box[2] - box[0], 1), height / Math.max(box[3] - box[1], 1));
    return { x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2, scale, flip };
  }

  /**
   * Draws a scene {side, on: Set of layers, heat} step by step. `spares` are canvases to draw on beside the target that are
   * used again. Where somebody waits between the steps, what a step draws is drawn in it: browsers would put it off.
   */
  function* painted(board, parts, target, view, scene, spares = [], waited = true) {
    const { width, height } = target.canvas, { look } = board.head, pixel = 1 / view.scale, at = scene.side === "top" ? 0 : 1;
    const spare = (ctx) => {
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.globalCompositeOperation = "source-over";
      ctx.clearRect(0, 0, width, height);
      matrix(ctx, view);
    };
    const seen = inView(target, view);
    const layers = (role, side) => parts.layers.filter((l) => l.role === role && (!side || l.side === side) && scene.on.has(l.index));
    const another = (k) => (spares[k]?.canvas.width === width && spares[k].canvas.height === height ? spares[k] : (spares[k] = surface(width, height)));
    const A = another(0);
    function* fill(ctx, chunks, colour) {
      ctx.fillStyle = ctx.strokeStyle = colour;
      let size = 0;
      for (const chunk of chunks) {
        if (!seen(chunk)) continue;
        paint(ctx, board, chunk, pixel);
        if ((size += chunk.size) > CHUNK) {
          if (waited) ctx.getImageData(0, 0, 1, 1);
          size = 0;
          yield;
        }
      }
    }
    const tint = (ctx, colour) => {
      ctx.globalCompositeOperation = "source-in";
      ctx.fillStyle = colour;
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.fillRect(0, 0, width, height);
    };
    const lay = (from, how, alpha = 1, onto = target) => {
      onto.setTransform(1, 0, 0, 1, 0, 0);
      onto.globalCompositeOperation = how;
      onto.globalAlpha = alpha;
      onto.drawImage(from.canvas, 0, 0);
      onto.globalAlpha = 1;
      matrix(onto, view);
    };
    function* over(list, colour, how, alpha) {
      spare(A);
      for (const layer of list) yield* fill(A, layer.chunks, colour);
      lay(A, how, alpha);
      yield;
    }
    spare(target);
    const mask = layers("mask", scene.side), copper = layers("copper", scene.side), inner = layers("copper", "inner");
    const xray = inner.length > 0;
    target.fillStyle = xray ? COLOURS.xray : mask.length ? look.mask[at] : look.substrate;
    target.fill(parts.outline);
    if (xray) {
      const stack = layers("copper").sort((a, b) => (at ? a.order - b.order : b.order - a.order));
      for (const layer of stack) yield* over([layer], layer.colour, "source-atop", Math.min(0.85, Math.max(0.3, 1.8 / stack.length)));
    } else {
      spare(A);
      for (const layer of copper) yield* fill(A, layer.chunks, look.finish);
      if (mask.length) {
        const B = another(1);
        spare(B);
        for (const layer of mask) yield* fill(B, layer.chunks, look.substrate);
        lay(A, "source-atop", 1, B);
        tint(A, look.covered[at]);
        lay(A, "source-atop");
        lay(B, "source-atop");
      } else lay(A, "source-atop");
      yield;
    }
    yield* over(layers("silk", scene.side), look.silk[at], "source-atop", xray ? 0.45 : 1);
    target.globalCompositeOperation = "source-atop";
    yield* fill(target, xray ? [] : parts.holes[scene.side].covered, "rgba(0,0,0,0.42)");
    target.globalCompositeOperation = "destination-out";
    yield* fill(target, xray ? parts.holes[scene.side].all : parts.holes[scene.side].open, "#000");
    target.globalCompositeOperation = "source-over";
    for (const layer of layers("edge")) {
      target.strokeStyle = xray ? "#d0d2d4" : "rgba(60,48,16,0.75)";
      target.lineWidth = Math.max(1.2 * pixel, 60);
      target.stroke(parts.outline);
      if (!parts.closed) yield* fill(target, layer.chunks, "#d0a020");
    }
    if (scene.heat) {
      heat(target, board, scene.heat);
      yield;
    }
    for (const [role, alpha] of [["paste", 0.85], ["fab", 1], ["courtyard", 1]])
      yield* over(layers(role, scene.side), COLOURS[role], "source-over", alpha);
    if (waited) target.getImageData(0, 0, 1, 1);
  }

  function ramp(share) {
    const stops = COLOURS.heat, at = Math.min(0.9999, Math.max(0, share)) * (stops.length - 1), i = Math.floor(at);
    const mix = [1, 3, 5].map((k) => {
      const a = parseInt(stops[i].slice(k, k + 2), 16), b = parseInt(stops[i + 1].slice(k, k + 2), 16);
      return Math.round(a + (b - a) * (at - i));
    });
    return `rgb(${mix})`;
  }

  function heat(ctx, board, map) {
    const grid = board.head.heat, [ox, oy] = board.head.origin, step = grid.step * 1000;
    const x0 = grid.x * 1000 - ox + (grid.window * 1000 - step) / 2, y0 = grid.y * 1000 - oy + (grid.window * 1000 - step) / 2;
    // A window speaks for its middle; the rim of the board, where no window has its middle, is shown as what is next to it.
    const rim = Math.ceil(grid.window / grid.step / 2), within = (v, n) => Math.min(n - 1, Math.max(0, v));
    ctx.globalCompositeOperation = "source-atop";
    ctx.globalAlpha = 0.72;
    for (let r = -rim; r < grid.rows + rim; r++)
      for (let c = -rim; c < grid.columns + rim; c++) {
        const value = map.values[within(r, grid.rows) * grid.columns + within(c, grid.columns)];
        if (Number.isNaN(value)) continue;
        ctx.fillStyle = ramp(map.max ? value / map.max : 0);
        ctx.fillRect(x0 + c * step, y0 + r * step, step, step);
      }
    ctx.globalCompositeOperation = "source-over";
    ctx.globalAlpha = 1;
  }

  function partsOf(board) {
    const byLayer = board.head.layers.map(() => []), { head } = board;
    for (let i = 0; i < board.features; i++) byLayer[board.layer[i]].push(i);
    const colour = (l) => (l.side === "bottom" ? COLOURS.bottom : COLOURS.copper[l.order % COLOURS.copper.length]);
    const layers = head.layers.map((l, index) => {
      let chunks = null;
      return { ...l, index, colour: colour(l), get chunks() { return (chunks ??= chunksOf(board, byLayer[index])); } };
    });
    const holes = {};
    for (const side of ["top", "bottom"]) {
      const of = { all: [], open: [], covered: [] };
      for (let i = 0; i < board.holes; i++) {
        const flags = board.flags[i];
        if (!(flags & REACHES[side])) continue;
        of.all.push(board.features + i);
        (flags & OPEN[side] || !(flags & PLATED) ? of.open : of.covered).push(board.features + i);
      }
      holes[side] = Object.fromEntries(Object.entries(of).map(([name, things]) => [name, chunksOf(board, things)]));
    }
    let outline;
    if (board.outline >= 0) outline = traced(board, board.kind[board.outline], [board.rings[board.outline], board.rings[board.outline + 1], 0], 0);
    else {
      outline = new Path2D();
      outline.rect(500, 500, head.size[0] - 1000, head.size[1] - 1000);
    }
    return { layers, holes, outline, closed: board.outline >= 0 };
  }

  // ---- findings over it ----------------------------------------------------------------------------------------------

  /** Places of findings as columns: where, and how much each counts (less is worse; 10 more on the side away). */
  function spotsOf(board, marked, side) {
    const rank = new Map(board.head.severities.map((name, k) => [name, k])), x = [], y = [], order = [];
    for (const index of marked)
      for (const place of board.findings[index]?.places ?? []) {
        if (!place) continue;
        x.push(place.x);
        y.push(place.y);
        order.push(rank.get(board.findings[index].severity) + (place.side && place.side !== side ? 10 : 0));
      }
    return { x, y, order };
  }

  /** One marker for the worst finding of each square of the board that is about as large as a marker on the screen. */
  function markers(ctx, board, view, spots, dpr) {
    const { width, height } = ctx.canvas, cell = MARKER * dpr, world = 2 ** Math.ceil(Math.log2(cell / view.scale));
    const left = Math.floor((view.x - width / 2 / view.scale) / world) - 1, upper = Math.floor((view.y - height / 2 / view.scale) / world) - 1;
    const columns = Math.ceil(width / view.scale / world) + 3, rows = Math.ceil(height / view.scale / world) + 3;
    const { x, y, order } = spots, worst = new Int32Array(columns * rows).fill(-1), signs = new Map();
    for (let i = 0; i < x.length; i++) {
      const c = Math.floor(x[i] / world) - left, r = Math.floor(y[i] / world) - upper, at = r * columns + c;
      if (c < 0 || r < 0 || c >= columns || r >= rows) continue;
      if (worst[at] < 0 || order[i] < order[worst[at]]) worst[at] = i;
    }
    for (const i of worst.filter((at) => at >= 0).sort((a, b) => order[b] - order[a])) {
      if (!signs.has(order[i])) signs.set(order[i], sign(board.head.severities[order[i] % 10], order[i] < 10, dpr).canvas);
      const [px, py] = toScreen(view, width, height, x[i], y[i]), stamp = signs.get(order[i]);
      ctx.drawImage(stamp, Math.round(px - stamp.width / 2), Math.round(py - stamp.height / 2));
    }
  }

  /** The sign of a severity: filled where the finding is on the side that is seen, else hollow. */
  function sign(severity, here, dpr) {
    const size = Math.ceil(16 * dpr), ctx = surface(size, size), path = new Path2D();
    symbol(path, severity, size / 2, size / 2, 5.5 * dpr);
    ctx.lineJoin = "round";
    ctx.fillStyle = here ? COLOURS[severity] : "rgba(255,255,255,0.85)";
    ctx.strokeStyle = here ? "#ffffff" : COLOURS[severity];
    ctx.lineWidth = 1.5 * dpr;
    ctx.fill(path);
    ctx.stroke(path);
    return ctx;
  }

  /** An octagon, a triangle or a circle, as everywhere in the report. */
  function symbol(path, severity, x, y, r) {
    const [corners, first, larger] = { error: [8, Math.PI / 8, 1.1], warning: [3, -Math.PI / 2, 1.35] }[severity] ?? [0, 0, 0.9];
    if (!corners) path.arc(x, y, larger * r, 0, 2 * Math.PI);
    for (let k = 0; k < corners; k++) {
      const turn = first + (2 * Math.PI * k) / corners;
      path.lineTo(x + larger * r * Math.cos(turn), y + larger * r * Math.sin(turn));
    }
    path.closePath();
  }

  /** What of a set of things one call draws each, and the holes in them; `large` where that takes more than a frame may. */
  function litOf(board, set) {
    if (set.lit) return set.lit;
    const bodies = set.things.filter((thing) => thing >= board.bodies), others = set.things.filter((thing) => thing < board.bodies);
    const owners = new Set(set.things.map((thing) => board.owner[thing])), holes = [];
    if (others.every((thing) => thing < board.features))
      for (let hole = board.features; hole < board.bodies; hole++) if (owners.has(board.owner[hole])) holes.push(hole);
    const lit = { bodies: chunksOf(board, bodies), others: chunksOf(board, others), holes: chunksOf(board, holes) };
    lit.large = [...lit.bodies, ...lit.others, ...lit.holes].reduce((sum, chunk) => sum + chunk.size, 0) > CHUNK;
    return (set.lit = lit);
  }

  function boxOf(board, set) {
    if (set.box) return set.box;
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const thing of set.things) {
      const [x0, y0, x1, y1] = board.box(thing);
      box.splice(0, 4, Math.min(box[0], x0), Math.min(box[1], y0), Math.max(box[2], x1), Math.max(box[3], y1));
    }
    return (set.box = box);
  }

  /** The sets of a place with their colours, the larger first, so that none hides the other. */
  function litSets(board, place, ctx, view) {
    const area = (set) => ((b) => (b[2] - b[0]) * (b[3] - b[1]))(boxOf(board, set)), screen = (ctx.canvas.width * ctx.canvas.height) / view.scale ** 2;
    const sets = Array.from(place.sets, (at, k) => ({ set: board.sets[at], colour: COLOURS.items[Math.min(k, 1)] }));
    for (const one of sets) one.alpha = area(one.set) > screen ? 0.6 : 1;
    return sets.sort((a, b) => b.set.outline - a.set.outline || area(b.set) - area(a.set));
  }

  const heavy = (board, place) => Array.from(place.sets).some((at) => litOf(board, board.sets[at]).large);

  /** Draws the large sets of a place step by step on a canvas of their own, which is laid over the board. */
  function* lighted(board, target, view, place, spare = surface(target.canvas.width, target.canvas.height), waited = true) {
    const pixel = 1 / view.scale, seen = inView(target, view);
    target.setTransform(1, 0, 0, 1, 0, 0);
    target.clearRect(0, 0, target.canvas.width, target.canvas.height);
    for (const { set, colour, alpha } of litSets(board, place, target, view)) {
      const lit = litOf(board, set);
      if (!lit.large) continue;
      for (const [chunks, shade, strength] of [[lit.bodies, colour, 0.35], [lit.others, colour, alpha], [lit.holes, COLOURS.casing, 1]]) {
        if (!chunks.length) continue;
        spare.setTransform(1, 0, 0, 1, 0, 0);
        spare.clearRect(0, 0, spare.canvas.width, spare.canvas.height);
        matrix(spare, view);
        spare.fillStyle = spare.strokeStyle = shade;
        let size = 0;
        for (const chunk of chunks) {
          if (!seen(chunk)) continue;
          paint(spare, board, chunk, pixel);
          if ((size += chunk.size) <= CHUNK) continue;
          if (waited) spare.getImageData(0, 0, 1, 1);
          size = 0;
          yield;
        }
        target.globalAlpha = strength;
        target.drawImage(spare.canvas, 0, 0);
        target.globalAlpha = 1;
        yield;
      }
    }
  }

  let scratch = null;
  /** A clear canvas as large as another. */
  function scratchOf({ canvas: { width, height } }, view) {
    if (scratch?.canvas.width !== width || scratch.canvas.height !== height) scratch = surface(width, height);
    scratch.setTransform(1, 0, 0, 1, 0, 0);
    scratch.clearRect(0, 0, width, height);
    matrix(scratch, view);
    return scratch;
  }

  /** A finding over the dimmed board. What is large in it was drawn before: `lay` puts that on. */
  function highlight(ctx, board, parts, view, place, dpr, lay) {
    const { width, height } = ctx.canvas, pixel = 1 / view.scale, seen = inView(ctx, view);
    dimmed(ctx, view, place, dpr);
    lay?.();
    matrix(ctx, view);
    for (const { set, colour, alpha } of litSets(board, place, ctx, view)) {
      const { bodies, others, holes, large } = litOf(board, set);
      // A fill and its stroke overlap: what is to be seen through is drawn whole before.
      const drawn = (chunks, shade, strength) => {
        const inView = large ? [] : chunks.filter(seen);
        if (!inView.length) return;
        const onto = strength === 1 ? ctx : scratchOf(ctx, view);
        onto.fillStyle = onto.strokeStyle = shade;
        for (const chunk of inView) paint(onto, board, chunk, pixel);
        if (onto === ctx) return;
        ctx.setTransform(1, 0, 0, 1, 0, 0);
        ctx.globalAlpha = strength;
        ctx.drawImage(onto.canvas, 0, 0);
        ctx.globalAlpha = 1;
        matrix(ctx, view);
      };
      drawn(bodies, colour, 0.35);
      drawn(others, colour, alpha);
      if (set.outline) {
        ctx.strokeStyle = colour;
        ctx.lineWidth = 3 * dpr * pixel;
        ctx.stroke(parts.outline);
      }
      drawn(holes, COLOURS.casing, 1);
    }
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    measure(ctx, view, place, dpr);
  }

  /** What is beside the finding; beside the area that it speaks of, where it has one, with a line about that. */
  function dimmed(ctx, view, { area }, dpr) {
    const { width, height } = ctx.canvas, path = new Path2D();
    path.rect(0, 0, width, height);
    ctx.fillStyle = COLOURS.dim;
    if (!area) return ctx.fill(path);
    const [x0, y0] = toScreen(view, width, height, area[0], area[1]), [x1, y1] = toScreen(view, width, height, area[2], area[3]);
    path.rect(x0, y0, x1 - x0, y1 - y0);
    ctx.fill(path, "evenodd");
    for (const [colour, wide] of [[COLOURS.casing, 5], [COLOURS.line, 2]]) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = wide * dpr;
      ctx.strokeRect(x0, y0, x1 - x0, y1 - y0);
    }
  }

  /** The witness line with a tick at each end, or a cross where there is none, and what was measured. */
  function measure(ctx, view, place, dpr) {
    const { width, height } = ctx.canvas, on = (x, y) => toScreen(view, width, height, x, y), path = new Path2D();
    const line = (x0, y0, x1, y1) => (path.moveTo(x0, y0), path.lineTo(x1, y1));
    let [x, y] = on(place.x, place.y), nx = 0, ny = -1;
    if (place.line) {
      const [x0, y0] = on(place.line[0], place.line[1]), [x1, y1] = on(place.line[2], place.line[3]);
      const length = Math.hypot(x1 - x0, y1 - y0) || 1, tick = 7 * dpr;
      [nx, ny] = [-(y1 - y0) / length, (x1 - x0) / length];
      line(x0, y0, x1, y1);
      for (const [tx, ty] of [[x0, y0], [x1, y1]]) line(tx - nx * tick, ty - ny * tick, tx + nx * tick, ty + ny * tick);
      [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
      if (ny > 0) [nx, ny] = [-nx, -ny];
    } else if (place.area) {
      // The value stands on the upper side of the area, of which no point is meant before another.
      [x, y] = on((place.area[0] + place.area[2]) / 2, place.area[1]);
      ny = 1;
    } else {
      const r = 14 * dpr, gap = 4 * dpr;
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) line(x + dx * gap, y + dy * gap, x + dx * r, y + dy * r);
    }
    ctx.lineCap = "round";
    for (const [colour, wide] of [[COLOURS.casing, 5], [COLOURS.line, 2]]) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = wide * dpr;
      ctx.stroke(path);
    }
    if (!place.text) return;
    ctx.font = `600 ${13 * dpr}px system-ui, sans-serif`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    const w = ctx.measureText(place.text).width / 2 + 7 * dpr, h = 11 * dpr, off = 16 * dpr;
    const cx = Math.min(width - w, Math.max(w, x + nx * (off + w))), cy = Math.min(height - h, Math.max(h, y + ny * (off + h)));
    ctx.fillStyle = COLOURS.casing;
    ctx.beginPath();
    ctx.roundRect(cx - w, cy - h, 2 * w, 2 * h, 5 * dpr);
    ctx.fill();
    ctx.fillStyle = COLOURS.line;
    ctx.fillText(place.text, cx, cy);
  }

  /** The box (µm) that shows a place well: its line large enough to be seen, and as much of its items as goes with that. */
  function frame(board, place) {
    if (place.area) return ((by, [x0, y0, x1, y1]) => [x0 - by, y0 - by, x1 + by, y1 + by])(place.whole ? 0 : 0.75 * (place.area[2] - place.area[0]), place.area);
    const [x0, y0, x1, y1] = place.line ?? [place.x, place.y, place.x, place.y], line = Math.hypot(x1 - x0, y1 - y0);
    const box = [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
    const most = line ? Math.max(900, 7 * line) : 8000, mx = (x0 + x1) / 2, my = (y0 + y1) / 2;
    for (const at of place.sets) {
      const of = boxOf(board, board.sets[at]);
      for (const k of [0, 1]) {
        const middle = k ? my : mx;
        if (of[k] <= middle + most) box[k] = Math.min(box[k], Math.max(of[k], middle - most));
        if (of[k + 2] >= middle - most) box[k + 2] = Math.max(box[k + 2], Math.min(of[k + 2], middle + most));
      }
    }
    const grow = Math.max(300, 0.2 * Math.max(box[2] - box[0], box[3] - box[1]));
    return [box[0] - grow, box[1] - grow, box[2] + grow, box[3] + grow];
  }

  return { COLOURS, MARKER, surface, toScreen, fitted, painted, partsOf, spotsOf, markers, highlight, lighted, heavy, frame };
})();
