// The board beside the findings: its toolbar, layers, heat maps, and what lies where somebody points.

/** What the keys 1 to 9 switch first; then comes the rest, as it is listed. */
const KEYED = ['copper', 'mask', 'silk', 'edge'];

class BoardPanel {
  /** Builds the panel into the article; the viewer comes with `open()`. `bytes` is a promise of the board's, where they are unpacked
   * already. */
  constructor(article, list, bytes) {
    this.n = article.dataset.n;
    this.list = list;
    this.root = article.querySelector('.view');
    this.block = document.getElementById(`board-${this.n}`);
    this.viewer = null;
    this.bytes = bytes;
    if (!this.block) {
      this.root.append(el('p', { class: 'clean' }, 'This report was made without the design, so that there is no picture of the board.'));
      return;
    }
    this.host = el('div', { class: 'host', tabindex: '0', role: 'application', 'aria-label': `Board ${clean(list.name)}`, 'aria-describedby': `keys-${this.n}` });
    const tool = (name, label, title, action) => el('button', { type: 'button', 'data-tool': name, 'aria-label': label, title, onclick: action }, name === 'in' ? '+' : name === 'out' ? '−' : label);
    this.sides = ['top', 'bottom'].map((side) => el('button', { type: 'button', 'data-side': side, 'aria-pressed': 'false', onclick: () => this.turn(side) }, side === 'top' ? 'Top' : 'Bottom'));
    this.heat = el('select', { id: `heat-${this.n}`, onchange: () => this.showHeat() }, el('option', { value: '' }, 'off'));
    this.layers = el('ul', { class: 'layers' });
    this.legend = el('p', { class: 'legend', hidden: true });
    this.now = el('p', { class: 'now', role: 'status', 'aria-live': 'polite' }, 'Pick a finding, or a place on the board.');
    this.what = el('div', { class: 'what', role: 'region', 'aria-label': `What is here on ${clean(list.name)}`, hidden: true });
    this.root.append(
      el('h2', { class: 'sr' }, 'Board'),
      el('div', { class: 'toolbar', role: 'group', 'aria-label': `View of ${clean(this.list.name)}` },
        el('span', { class: 'switch' }, ...this.sides),
        el('span', { class: 'switch' }, tool('out', 'Zoom out', 'Zoom out (-)', () => this.viewer?.zoomBy(1 / 1.5)), tool('in', 'Zoom in', 'Zoom in (+)', () => this.viewer?.zoomBy(1.5))),
        tool('fit', 'Whole board', 'Whole board (Esc)', () => this.whole()),
        el('label', { for: this.heat.id }, 'Heat map '), this.heat),
      el('div', { class: 'stage' }, this.host),
      this.legend,
      this.now,
      el('p', { id: `keys-${this.n}`, class: 'sr' }, 'Arrow keys move, plus and minus zoom, f turns the board over, 1 to 9 switch layers, Escape shows the whole board. Everything that is drawn stands in the table of findings as well.'),
      this.what,
      el('details', { class: 'layerbox', open: true }, el('summary', {}, 'Layers'), this.layers),
    );
  }

  /** Starts the viewer, once. */
  open() {
    if (!this.block) return Promise.resolve(null);
    this.opening ??= this.start();
    return this.opening;
  }

  async start() {
    try {
      this.viewer = await createViewer(this.host, this.bytes ?? this.block.textContent, { board: `Picture of the board ${clean(this.list.name)}` });
      await this.viewer.ready;
    } catch (error) {
      this.now.textContent = 'The board cannot be drawn in this browser; the findings stand in the table.';
      console.warn(error);
      return null;
    }
    const rank = ({ side, role }) => (side === 'inner' || !KEYED.includes(role) ? KEYED.length : KEYED.indexOf(role));
    this.keys = this.viewer.layers.map((_, at) => at).sort((a, b) => rank(this.viewer.layers[a]) - rank(this.viewer.layers[b]) || a - b).slice(0, 9);
    this.viewer.layers.forEach((layer, at) => this.layers.append(this.layer(layer, at)));
    for (const name of this.viewer.heats || []) this.heat.append(el('option', { value: name }, clean(name)));
    if (!(this.viewer.heats || []).length) this.heat.disabled = true;
    this.viewer.onPick = (told) => this.tell(told);
    this.viewer.mark(this.list.marked || []);
    this.sync();
    this.root.dataset.ready = 'yes';
    if (this.wish) this.show(...this.wish);
    return this.viewer;
  }

  layer(layer, at) {
    const id = `layer-${this.n}-${at}`;
    const box = el('input', { type: 'checkbox', id, onchange: () => this.viewer.setLayer(layer.name, box.checked) });
    box.checked = layer.on;
    const item = el('li', {}, box, el('label', { for: id }, clean(layer.name)));
    if (this.keys.includes(at)) item.append(el('kbd', { 'aria-hidden': 'true' }, String(this.keys.indexOf(at) + 1)));
    return item;
  }

  /** Switches the layer of a key, 1 to 9. */
  toggle(key) {
    const at = this.keys?.[key - 1], box = this.layers?.querySelectorAll('input')[at];
    if (!box) return;
    box.checked = !box.checked;
    this.viewer.setLayer(this.viewer.layers[at].name, box.checked);
  }

  /** Buttons and boxes as the viewer is. */
  sync() {
    if (!this.viewer) return;
    for (const button of this.sides) button.setAttribute('aria-pressed', String(button.dataset.side === this.viewer.side));
    this.layers.querySelectorAll('input').forEach((box, at) => { box.checked = this.viewer.layers[at].on; });
  }

  turn(side) {
    if (!this.viewer) return;
    this.viewer.side = side;
    this.sync();
  }

  flip() {
    this.viewer?.flip();
    this.sync();
  }

  whole() {
    if (!this.block) return;
    this.viewer?.clear();
    this.viewer?.fit();
    this.what.hidden = true;
    this.now.textContent = 'The whole board.';
  }

  showHeat() {
    this.viewer.heat(this.heat.value || null);
    this.sync();
    this.legend.hidden = !this.heat.value;
    if (!this.heat.value) return;
    const { low, high, stops } = this.viewer.legend(this.heat.value);
    const ramp = el('span', { class: 'ramp', 'aria-hidden': 'true' });
    ramp.style.background = `linear-gradient(90deg, ${stops.map((stop) => stop.colour).join(', ')})`;
    this.legend.replaceChildren(el('b', {}, clean(this.heat.value)), el('span', {}, low), ramp, el('span', {}, high));
  }

  show(index, place) {
    if (!this.block) return;
    this.wish = [index, place];
    const f = this.list.findings[index];
    const at = (this.list.visible || []).indexOf(index);
    const told = f.row.querySelector('p').textContent;
    this.now.textContent = `${at + 1} of ${this.list.visible.length}, ${f.severity}: ${told}${f.count > 1 ? ` (place ${place + 1} of ${f.count})` : ''}`;
    if (!this.viewer) return;
    this.what.hidden = true;
    this.viewer.show(index, place);
    this.sync();
  }

  /** Nothing is picked any more; what is seen stays. */
  leave() {
    this.wish = null;
    if (!this.block) return;
    this.viewer?.clear();
    this.now.textContent = 'Pick a finding, or a place on the board.';
  }

  /** Whether the picture is in the window, or fills it. */
  inWindow() {
    const box = this.host?.getBoundingClientRect();
    return !box || (box.top >= 0 && box.bottom <= innerHeight) || box.height > innerHeight;
  }

  mark(indices) {
    this.viewer?.mark(indices);
  }

  /** What lies at a place that was pointed at, and its findings. */
  tell({ x, y, things, findings }) {
    const close = el('button', { type: 'button', class: 'plain', onclick: () => { this.what.hidden = true; this.host.focus(); } }, 'Close');
    const rows = things.map((thing) => el('li', {}, thingText(thing)));
    const found = findings.map((index) => {
      const f = this.list.findings[index];
      return el('li', {}, el('span', { class: `sev ${f.severity}` }, f.severity), ' ', el('button', { type: 'button', class: 'plain', onclick: () => this.list.pick(index) }, f.row.querySelector('p').textContent));
    });
    this.what.replaceChildren(
      el('h3', {}, `At ${x.toFixed(3)}, ${y.toFixed(3)} mm`), close,
      things.length ? el('ul', { class: 'things' }, ...rows) : el('p', {}, 'Nothing is here.'),
      el('h4', {}, findings.length ? many(findings.length, 'finding') + ' here' : 'No finding here'),
      ...(found.length ? [el('ul', { class: 'found' }, ...found)] : []),
    );
    this.what.hidden = false;
    this.now.textContent = things.length ? `Here: ${things.slice(0, 3).map(thingText).join('; ')}; ${findings.length ? many(findings.length, 'finding') : 'no finding'}.` : 'Nothing is here.';
  }
}

/** `pad U3.12, net GND, F.Cu` */
function thingText(thing) {
  const name = thing.component ? ` ${thing.component}${thing.pad ? `.${thing.pad}` : ''}` : '';
  const parts = [thing.label || `${thing.kind}${name}`];
  if (thing.value) parts.push(thing.value);
  if (thing.net) parts.push(`net ${thing.net}`);
  if (thing.layer) parts.push(thing.layer);
  return clean(parts.join(', '));
}
