"use strict";
// The board in a page: what is shown, moved, turned and pointed at. `await createViewer(host, base64, {label})`; instead of
// the text it takes a promise of its bytes.
const createViewer = (() => {
  const SLICE = 8, IDLE = 90;
  const { inflate, model, distance, gridOf } = boardModel;
  const { COLOURS, MARKER, surface, toScreen, fitted, painted, partsOf, spotsOf, markers, highlight, lighted, heavy, frame } = boardPaint;

  return async function create(host, base64, labels = {}) {
    const board = model(await (typeof base64 === "string" ? inflate(base64) : base64)), { head } = board, parts = partsOf(board), [ox, oy] = head.origin;
    const whole = board.outline >= 0 ? Array.from(board.extent.slice(4 * board.outline, 4 * board.outline + 4)) : [500, 500, head.size[0] - 500, head.size[1] - 500];
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const base = document.createElement("canvas"), top = document.createElement("canvas");
    for (const canvas of [base, top]) {
      Object.assign(canvas.style, { position: "absolute", inset: "0", width: "100%", height: "100%", display: "block" });
      host.append(canvas);
    }
    base.setAttribute("aria-hidden", "true");
    top.setAttribute("role", "img");
    top.setAttribute("aria-label", labels.label ?? "Picture of the board");
    top.style.touchAction = "none";
    top.style.cursor = "grab";
    const ctx = base.getContext("2d"), ink = top.getContext("2d");
    const on = new Set(parts.layers.filter((l) => !["inner"].includes(l.side) && ["copper", "mask", "silk", "edge"].includes(l.role)).map((l) => l.index));
    const heats = (head.heat?.maps ?? []).map((map, k) => {
      const n = head.heat.columns * head.heat.rows;
      const values = Float64Array.from(board.heats.subarray(k * n, (k + 1) * n), (v) => (v ? (v - 1) / 10 : NaN));
      return { ...map, values, max: values.reduce((a, b) => (b > a ? b : a), 0) };
    });
    let side = "top", heated = null, marked = new Set(board.findings.keys()), shown = null, fitting = true, dpr = 1, spots = null;
    let view = fitted(whole, 1, 1, false), version = 0, sharp = null, lit = null, overview = null, job = null, timer = 0, frame_ = 0, moving = 0, settle;
    const spares = [], free = [], waiting = [];
    const ready = new Promise((resolve) => (settle = resolve));

    const scene = (from = side, extra = shown?.place) => {
      const all = new Set(on), inside = Array.from(extra?.layers ?? []).some((i) => parts.layers[i].side === "inner");
      // What is inside the board is seen when the copper about it is away.
      if (inside)
        for (const { role, index } of parts.layers) if (role === "copper") all[extra.layers.includes(index) ? "add" : "delete"](index);
      return { side: from, on: all, heat: heated };
    };

    /** The host says `data-drawing` as long as what is seen is not yet what is wanted. */
    function redraw() {
      host.dataset.drawing = "";
      if (!frame_) frame_ = requestAnimationFrame(() => ((frame_ = 0), compose()));
    }

    /** Lays what is there, sharp or not, under the findings; the sharp picture is made when nothing moves. */
    function compose() {
      const { width, height } = base;
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.clearRect(0, 0, width, height);
      const owed = shown && heavy(board, shown.place);
      const same = isSharp(version, view) && (!owed || (lit?.place === shown.place && alike(lit.view, view)));
      if (!same && overview && overview.view.flip === view.flip) stamp(overview);
      if (sharp && sharp.view.flip === view.flip) stamp(sharp, !same);
      ink.setTransform(1, 0, 0, 1, 0, 0);
      ink.clearRect(0, 0, width, height);
      if (shown) highlight(ink, board, parts, view, shown.place, dpr, () => lit?.place === shown.place && lit.view.flip === view.flip && stamp(lit, false, ink));
      else markers(ink, board, view, (spots ??= spotsOf(board, marked, side)), dpr);
      if (!same) {
        host.dataset.drawing = "";
        later(moving ? IDLE : 0);
      } else {
        delete host.dataset.drawing;
        for (const done of waiting.splice(0)) done(viewer);
      }
    }

    function stamp(picture, clear, onto = ctx) {
      const { width, height } = base, was = picture.view, zoom = view.scale / was.scale, { canvas } = picture.ctx;
      const [x, y] = toScreen(view, width, height, was.x, was.y), w = canvas.width * zoom, h = canvas.height * zoom;
      if (clear) ctx.clearRect(x - w / 2, y - h / 2, w, h);
      onto.drawImage(canvas, x - w / 2, y - h / 2, w, h);
    }

    const alike = (a, b) => a.x === b.x && a.y === b.y && a.scale === b.scale && a.flip === b.flip;

    function later(wait) {
      if (job && job.version === version && alike(job.view, view) && job.place === shown?.place) return;
      clearTimeout(timer);
      job = null;
      timer = setTimeout(() => {
        moving = 0;
        const into = free.pop() ?? surface(base.width, base.height);
        if (into.canvas.width !== base.width || into.canvas.height !== base.height) surface(base.width, base.height, into.canvas);
        job = { into, view: { ...view }, version, place: shown?.place };
        job.steps = steps(job);
        work(job);
      }, wait);
    }

    const isSharp = (at, of) => sharp && sharp.version === at && alike(sharp.view, of);

    /** What a finding shows comes before the board about it. */
    function* steps({ into, view: of, place, version: at }) {
      if (place && heavy(board, place) && !(lit?.place === place && alike(lit.view, of))) {
        const fresh = surface(base.width, base.height);
        yield* lighted(board, fresh, of, place);
        lit = { ctx: fresh, view: of, place };
        if (shown?.place === place) compose();
      }
      if (!isSharp(at, of)) yield* painted(board, parts, into, of, scene(), spares);
    }

    function work(mine) {
      if (job !== mine) return void free.push(mine.into);
      const end = performance.now() + SLICE;
      do {
        if (mine.steps.next().done) return finish(mine);
      } while (performance.now() < end);
      setTimeout(work, 0, mine);
    }

    function finish({ into, view: of, version: at }) {
      job = null;
      if (isSharp(at, of)) {
        free.push(into);
        return compose();
      }
      if (sharp) free.push(sharp.ctx);
      sharp = { ctx: into, view: of, version: at };
      const all = fitted(whole, base.width, base.height, of.flip);
      if (of.scale <= all.scale * 1.01 && Math.abs(of.x - all.x) < 1 && Math.abs(of.y - all.y) < 1) {
        const copy = overview?.ctx.canvas.width === base.width && overview.ctx.canvas.height === base.height ? overview.ctx : surface(base.width, base.height);
        copy.setTransform(1, 0, 0, 1, 0, 0);
        copy.clearRect(0, 0, base.width, base.height);
        copy.drawImage(into.canvas, 0, 0);
        overview = { ctx: copy, view: of, version: at };
      }
      compose();
      settle(viewer);
    }

    /** What only the finding before has on it need not be kept. */
    function forget(next) {
      for (const at of shown?.place.sets ?? []) if (!next?.sets.includes(at)) board.sets[at].lit = null;
      if (lit?.place !== next) lit = null;
    }

    function changed() {
      version++;
      if (overview && overview.version !== version) overview = null;
      redraw();
    }

    function look(next, animate = true) {
      fitting = false;
      const from = view, start = performance.now();
      look.run = (look.run ?? 0) + 1;
      const run = look.run;
      if (!animate || still.matches || from.flip !== next.flip || !sharp) {
        view = next;
        return redraw();
      }
      const step = () => {
        if (run !== look.run) return;
        const t = Math.min(1, (performance.now() - start) / 220), k = t * (2 - t), zoom = (next.scale / from.scale) ** k;
        const share = next.scale === from.scale ? k : (1 - 1 / zoom) / (1 - from.scale / next.scale);
        moving = 1;
        view = t < 1 ? { x: from.x + (next.x - from.x) * share, y: from.y + (next.y - from.y) * share, scale: from.scale * zoom, flip: next.flip } : next;
        if (t === 1) moving = 0;
        redraw();
        if (t < 1) requestAnimationFrame(step);
      };
      step();
    }

    const limited = (scale) => Math.min(4 * dpr, Math.max(fitted(whole, base.width, base.height).scale / 4, scale));

    function zoomAt(px, py, factor) {
      look.run = (look.run ?? 0) + 1;
      fitting = false;
      const [wx, wy] = toWorld(px, py), scale = limited(view.scale * factor), k = view.scale / scale;
      view = { ...view, scale, x: wx + (view.x - wx) * k, y: wy + (view.y - wy) * k };
      moving = 1;
      redraw();
    }

    function toWorld(px, py) {
      const a = view.flip ? -view.scale : view.scale;
      return [view.x + (px - base.width / 2) / a, view.y + (py - base.height / 2) / view.scale];
    }

    function turn(to) {
      if (to === side) return;
      side = to;
      look.run = (look.run ?? 0) + 1;
      view = { ...view, flip: to === "bottom" };
      sharp = overview = spots = lit = null;
      changed();
    }

    // ---- picking

    const sideOf = (body) => ["top", "bottom"][head.components[board.items.component[board.owner[body]]]?.[2] ?? 0];
    const rank = (thing) => {
      if (thing >= board.bodies) return 0.5 + (sideOf(thing) === side ? 0 : 100);
      if (thing >= board.features) return 1.5;
      const layer = head.layers[board.layer[thing]], away = layer.side !== side && ["top", "bottom"].includes(layer.side) ? 100 : 0;
      const inner = layer.side === "inner" ? (side === "top" ? 10 + layer.order : 60 - layer.order) : 0;
      return away + inner + ["copper", "silk", "mask", "paste", "edge", "fab", "courtyard"].indexOf(layer.role);
    };
    let grid = null, byItem = null;

    /** Things at a point (µm), those nearest to who looks first, and the findings that are there or are theirs. */
    function thingsAt(x, y, reach = 0) {
      grid ??= gridOf(board);
      const found = Array.from(grid(x, y)).filter((thing) => distance(board, thing, x, y) <= 0);
      found.sort((a, b) => rank(a) - rank(b) || a - b);
      const things = new Map();
      for (const thing of found) {
        const item = board.owner[thing], of = thing < board.features ? head.layers[board.layer[thing]] : null, layer = of?.name ?? "";
        if (of && !on.has(board.layer[thing]) && ["fab", "courtyard", "paste"].includes(of.role)) continue;
        if (things.has(item)) {
          if (layer && !things.get(item).layers.includes(layer)) things.get(item).layers.push(layer);
          continue;
        }
        things.set(item, { ...named(item), layer, layers: layer ? [layer] : [] });
      }
      return { x: (x + ox) / 1000, y: (y + oy) / 1000, things: [...things.values()], findings: findingsAt(x, y, reach, things) };
    }

    function named(item) {
      const { items } = board, kind = head.kinds[items.kind[item]], text = head.texts[items.label[item]];
      const [component, value] = head.components[items.component[item]] ?? [null, null], pad = kind === "pad" ? text : null;
      const own = kind === "text" ? `"${text}"` : kind === "zone" ? text : "", name = component ? component + (pad ? `.${pad}` : "") : own;
      const thing = { kind, component, pad, net: head.nets[items.net[item]] || null, text, label: [kind, name, component && own].filter(Boolean).join(" ") };
      return value ? { ...thing, value } : thing;
    }

    function findingsAt(x, y, reach, things) {
      if (!byItem) {
        byItem = new Map();
        board.findings.forEach((finding, index) => {
          for (const place of finding.places) for (const at of place?.sets ?? []) {
            const { item } = board.sets[at];
            if (!byItem.has(item)) byItem.set(item, new Set());
            byItem.get(item).add(index);
          }
        });
      }
      const near = new Map();
      board.findings.forEach((finding, index) => {
        for (const place of finding.places) {
          const far = place ? Math.hypot(place.x - x, place.y - y) : Infinity;
          if (far <= reach && far < (near.get(index) ?? Infinity)) near.set(index, far);
        }
      });
      const out = [...near.keys()].sort((a, b) => near.get(a) - near.get(b) || a - b), theirs = new Set();
      for (const item of things.keys()) if (head.kinds[board.items.kind[item]] !== "zone") for (const index of byItem.get(item) ?? []) theirs.add(index);
      return [...new Set([...out, ...[...theirs].sort((a, b) => a - b)])];
    }

    // ---- pointers

    const held = new Map();
    let moved = 0;
    const spot = (event) => {
      const box = top.getBoundingClientRect();
      return [(event.clientX - box.left) * (base.width / box.width), (event.clientY - box.top) * (base.height / box.height)];
    };
    top.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      top.setPointerCapture(event.pointerId);
      if (!held.size) moved = 0;
      held.set(event.pointerId, spot(event));
      top.style.cursor = "grabbing";
    });
    top.addEventListener("pointermove", (event) => {
      const was = held.get(event.pointerId);
      if (!was) return;
      const now = spot(event), others = [...held].filter(([id]) => id !== event.pointerId);
      moved += Math.hypot(now[0] - was[0], now[1] - was[1]);
      held.set(event.pointerId, now);
      if (others.length) {
        const [ax, ay] = others[0][1], before = Math.hypot(was[0] - ax, was[1] - ay), after = Math.hypot(now[0] - ax, now[1] - ay);
        if (before > 1) zoomAt((was[0] + ax) / 2, (was[1] + ay) / 2, after / before);
        shift((now[0] - was[0]) / 2, (now[1] - was[1]) / 2);
      } else if (moved > 3 * dpr) shift(now[0] - was[0], now[1] - was[1]);
    });
    for (const name of ["pointerup", "pointercancel"])
      top.addEventListener(name, (event) => {
        const at = held.get(event.pointerId);
        if (!held.delete(event.pointerId)) return;
        top.style.cursor = "grab";
        if (name === "pointerup" && !held.size && moved <= 3 * dpr) viewer.onPick?.(thingsAt(...toWorld(...at), (MARKER * 0.7 * dpr) / view.scale));
      });
    top.addEventListener("wheel", (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
      zoomAt(...spot(event), Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)));
    }, { passive: false });
    top.addEventListener("dblclick", (event) => zoomAt(...spot(event), event.shiftKey ? 0.5 : 2));

    function shift(dx, dy) {
      look.run = (look.run ?? 0) + 1;
      fitting = false;
      view = { ...view, x: view.x - dx / (view.flip ? -view.scale : view.scale), y: view.y - dy / view.scale };
      moving = 1;
      redraw();
    }

    function size() {
      dpr = Math.min(window.devicePixelRatio || 1, 2);
      const width = Math.max(1, Math.round(host.clientWidth * dpr)), height = Math.max(1, Math.round(host.clientHeight * dpr));
      if (width === base.width && height === base.height) return;
      const grown = Math.min(width / base.width, height / base.height);
      for (const canvas of [base, top]) [canvas.width, canvas.height] = [width, height];
      spares.length = free.length = 0;
      sharp = overview = lit = null;
      if (shown) view = fitted(frame(board, shown.place), width, height, view.flip);
      else view = fitting ? fitted(whole, width, height, view.flip) : { ...view, scale: view.scale * grown };
      compose();
    }

    // ---- what the page uses

    const viewer = {
      ready, onPick: null,
      get layers() { return parts.layers.map((l) => ({ name: l.name, role: l.role, side: l.side, on: on.has(l.index) })); },
      setLayer(name, want) {
        const layer = parts.layers.find((l) => l.name === name);
        if (!layer || on.has(layer.index) === want) return;
        if (want) on.add(layer.index);
        else on.delete(layer.index);
        changed();
      },
      get side() { return side; },
      set side(to) { turn(to === "bottom" ? "bottom" : "top"); },
      flip() { turn(side === "top" ? "bottom" : "top"); },
      fit() {
        look(fitted(whole, base.width, base.height, side === "bottom"));
        fitting = true;
      },
      zoomBy(factor) { zoomAt(base.width / 2, base.height / 2, factor); },
      panBy(dx, dy) { shift(-dx * dpr, -dy * dpr); },
      heats: heats.map((map) => map.name),
      heat(name) {
        heated = heats.find((map) => map.name === name) ?? null;
        if (heated?.side && heated.side !== side) return turn(heated.side);
        changed();
      },
      legend(name) {
        const map = heats.find((m) => m.name === name);
        return map && { name, low: `0 ${map.unit}`, high: `${map.max} ${map.unit}`, max: map.max, stops: COLOURS.heat.map((colour, k) => ({ value: (map.max * k) / (COLOURS.heat.length - 1), colour })) };
      },
      colours: { items: [...COLOURS.items], error: COLOURS.error, warning: COLOURS.warning, note: COLOURS.note },
      show(finding, place = 0) {
        const at = board.findings[finding]?.places[place];
        if (!at) return viewer.clear();
        forget(at);
        const before = shown?.place.layers.join(), turned = at.side && at.side !== side;
        shown = { finding, place: at };
        if (turned) turn(at.side);
        else if (before !== at.layers.join()) changed();
        look(fitted(frame(board, at), base.width, base.height, side === "bottom"));
        return true;
      },
      clear() {
        if (shown) {
          forget(null);
          shown = null;
          changed();
        }
        return false;
      },
      mark(indices) {
        marked = new Set(indices);
        spots = null;
        redraw();
      },
      /** When the board is drawn sharply as it is wanted now. */
      settled() {
        redraw();
        return new Promise((resolve) => waiting.push(resolve));
      },
      at(x, y) { return thingsAt(x * 1000 - ox, y * 1000 - oy, (MARKER * 0.7 * dpr) / view.scale); },
      /** Where a place of the board (mm) is on the screen (CSS pixels from the host's corner). */
      locate(x, y) { return toScreen(view, base.width, base.height, x * 1000 - ox, y * 1000 - oy).map((v) => v / dpr); },
      picture(canvas, { side: from = side, finding = null, place = 0, scale = dpr } = {}) {
        const at = finding === null ? null : board.findings[finding]?.places[place], seen = at?.side || from, flip = seen === "bottom";
        const into = canvas.getContext("2d"), wanted = fitted(at ? frame(board, at) : whole, canvas.width, canvas.height, flip);
        const steps = painted(board, parts, into, wanted, scene(seen, at), [], false);
        while (!steps.next().done);
        into.setTransform(1, 0, 0, 1, 0, 0);
        into.globalCompositeOperation = "source-over";
        if (!at) return markers(into, board, wanted, spotsOf(board, marked, seen), scale);
        const over = surface(canvas.width, canvas.height);
        if (heavy(board, at)) for (const _ of lighted(board, over, wanted, at, undefined, false));
        highlight(into, board, parts, wanted, at, scale, () => into.drawImage(over.canvas, 0, 0));
      },
      destroy() {
        observer.disconnect();
        density.removeEventListener("change", follow);
        clearTimeout(timer);
        job = null;
        base.remove();
        top.remove();
      },
    };
    const observer = new ResizeObserver(size);
    observer.observe(host);
    let density = null;
    /** A window that is moved to another screen may keep its size. */
    function follow() {
      density?.removeEventListener("change", follow);
      density = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
      density.addEventListener("change", follow);
      size();
    }
    follow();
    return viewer;
  };
})();
