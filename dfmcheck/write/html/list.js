// The findings of one design: the rows of its table, filters, search, the one that is chosen.

const SEVERITIES = ['error', 'warning', 'note'];
const STATES = ['', 'unchanged', 'waived', 'fixed'];

/** An element; attributes that start with `on` are listeners, false and null ones are left out, children are text or elements. */
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children);
  return made;
}

/** Text of a design for people: what cannot be seen, or turns the direction of writing, as its escape. */
function clean(text) {
  return String(text).replace(/[\p{C}\u2028\u2029]/gu, (c) => '\\u{' + c.codePointAt(0).toString(16) + '}');
}

const many = (number, what) => `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;

class List {
  /** `chosen(index, place)` is called when a finding is picked, `shown(indices)` when other findings are shown, `left()` when
   * the one that was picked is no longer among them. */
  constructor(article, chosen, shown, left) {
    this.n = article.dataset.n;
    this.article = article;
    const data = JSON.parse(document.getElementById(`data-${this.n}`).textContent);
    this.name = data.name;
    this.table = article.querySelector('table.findings');
    this.status = article.querySelector('.shown');
    this.nothing = article.querySelector('.nothing');
    this.chosen = chosen;
    this.shown = shown;
    this.left = left;
    const rows = new Map();
    for (const row of this.table ? this.table.querySelectorAll('tr[data-i]') : []) rows.set(Number(row.dataset.i), row);
    this.findings = data.findings.map(([rule, severity, fingerprint, layers, parts, sides, state, isNew, count, measured], index) => ({
      index, rule: data.rules[rule][0], title: data.rules[rule][1], category: data.rules[rule][2], severity: SEVERITIES[severity],
      fingerprint, layers: layers.map((i) => data.layers[i]), parts: parts.map((i) => data.parts[i]), sides, state: STATES[state],
      isNew: isNew === 1, count, measured, row: rows.get(index), text: null, hit: true,
    }));
    this.order = [...rows.keys()];
    this.groups = this.table ? [...this.table.tBodies] : [];
    this.review = new Review(this.findings);
    this.data = data;
    this.current = -1;
    this.place = 0;
    this.wish = { severity: new Set(), words: [] };
    this.roles();
    this.buildFilter();
    this.listen();
  }

  /** The table is laid out as blocks, which may cost it its roles. */
  roles() {
    if (!this.table) return;
    this.table.setAttribute('role', 'table');
    for (const part of [this.table.tHead, ...this.groups]) {
      part.setAttribute('role', 'rowgroup');
      for (const row of part.rows) {
        row.setAttribute('role', 'row');
        for (const cell of row.cells) cell.setAttribute('role', cell.tagName === 'TD' ? 'cell' : part === this.table.tHead ? 'columnheader' : 'rowheader');
      }
    }
  }

  buildFilter() {
    const form = this.article.querySelector('.filter');
    if (!this.findings.length) return form.remove();
    this.search = el('input', { type: 'search', id: `search-${this.n}`, placeholder: 'Search: part, net, layer, words', autocomplete: 'off', spellcheck: 'false' });
    let wait = 0;
    this.search.addEventListener('input', () => {
      clearTimeout(wait);
      wait = setTimeout(() => this.filter(), 100);
    });
    this.chips = SEVERITIES.map((severity) => {
      const number = el('span', { class: 'many' });
      const chip = el('button', { type: 'button', class: `sev chip ${severity}`, 'aria-pressed': 'false', onclick: () => {
        const on = this.wish.severity.has(severity);
        this.wish.severity[on ? 'delete' : 'add'](severity);
        chip.setAttribute('aria-pressed', String(!on));
        this.filter();
      } }, `${severity}s `, number);
      return { severity, chip, number };
    });
    const distinct = (of) => [...new Set(this.findings.map(of))].filter(Boolean).sort();
    const rules = this.data.rules.map(([id]) => id);
    const fields = [
      ['category', 'Category', distinct((f) => f.category)],
      ['rule', 'Rule', rules],
      ['layer', 'Layer', this.data.layers],
      ['side', 'Side', ['top', 'bottom', 'inner']],
      ['state', 'State', ['counting', 'new', 'unchanged', 'waived', 'fixed']],
      ['review', 'Review', ['undecided', 'accept', 'ask', 'cam']],
    ];
    this.selects = {};
    const grid = el('div', { class: 'fields' });
    for (const [key, label, values] of fields) {
      const select = el('select', { id: `${key}-${this.n}`, onchange: () => this.filter() }, el('option', { value: '' }, 'any'));
      for (const value of values) select.append(el('option', { value }, key === 'review' ? DISPOSITIONS[value] || value : clean(value)));
      this.selects[key] = select;
      grid.append(el('label', { for: select.id }, label), select);
    }
    this.part = el('input', { id: `part-${this.n}`, list: `parts-${this.n}`, autocomplete: 'off', spellcheck: 'false', placeholder: 'any', oninput: () => this.filter() });
    grid.append(el('label', { for: this.part.id }, 'Component'), this.part,
      el('datalist', { id: `parts-${this.n}` }, ...this.data.parts.map((value) => el('option', { value }))));
    this.active = el('span', { class: 'many' });
    this.clear = el('button', { type: 'button', class: 'plain', hidden: true, onclick: () => this.reset() }, 'Clear filters');
    form.append(
      el('div', { class: 'line' }, el('label', { for: this.search.id, class: 'sr' }, 'Search the findings'), this.search, el('kbd', { 'aria-hidden': 'true' }, '/')),
      el('div', { class: 'line', role: 'group', 'aria-label': 'Severity' }, ...this.chips.map((c) => c.chip), this.clear),
      el('details', {}, el('summary', {}, 'More filters ', this.active), grid),
    );
    form.addEventListener('submit', (event) => event.preventDefault());
    this.filter();
  }

  reset() {
    this.search.value = '';
    this.part.value = '';
    for (const select of Object.values(this.selects)) select.value = '';
    this.wish.severity.clear();
    for (const { chip } of this.chips) chip.setAttribute('aria-pressed', 'false');
    this.filter();
  }

  /** Text that search looks through: what is told of a finding, not the words of its tools. */
  textOf(f) {
    if (f.text !== null) return f.text;
    const told = [...f.row.querySelectorAll('td > p, .tag, li, td.n')].map((part) => part.textContent);
    return (f.text = [f.rule, f.title, f.fingerprint, ...f.parts, ...f.layers, ...told, ...(this.texts?.[f.index] ?? [])].join(' ').toLowerCase());
  }

  /** Of large reports, the places that do not stand in the table; search looks through them as well. */
  readPlaces() {
    this.places ??= unpacked(`places-${this.n}`).then((texts) => {
      this.texts = texts;
      for (const f of this.findings) f.text = null;
      return texts;
    });
    return this.places;
  }

  fits(f, want) {
    const review = this.review.get(f.index).disposition;
    return (!want.category || f.category === want.category)
      && (!want.rule || f.rule === want.rule)
      && (!want.layer || f.layers.includes(want.layer))
      && (!want.side || (f.sides & (1 << ['top', 'bottom', 'inner'].indexOf(want.side))) !== 0)
      && (!want.state || (want.state === 'counting' ? f.state === '' : want.state === 'new' ? f.isNew : f.state === want.state))
      && (!want.review || (want.review === 'undecided' ? review === 'open' : review === want.review))
      && (!want.part || f.parts.some((part) => part.toLowerCase() === want.part))
      && want.words.every((word) => this.textOf(f).includes(word));
  }

  /** Shows what fits the filters; reads before it writes, so that the page is laid out once. */
  filter() {
    const want = Object.fromEntries(Object.entries(this.selects).map(([key, select]) => [key, select.value]));
    want.part = this.part.value.trim().toLowerCase();
    want.words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (want.words.length && !this.texts && document.getElementById(`places-${this.n}`)) {
      this.readPlaces().then(() => this.filter(), () => { this.texts = []; });
      return;
    }
    const only = this.wish.severity;
    const bySeverity = { error: 0, warning: 0, note: 0 };
    const perGroup = new Map(this.groups.map((group) => [group, 0]));
    const shown = [];
    for (const index of this.order) {
      const f = this.findings[index];
      const fits = this.fits(f, want);
      if (fits && (!f.state || want.state)) bySeverity[f.severity]++;
      f.hit = fits && (!only.size || only.has(f.severity));
      if (f.hit) {
        shown.push(index);
        perGroup.set(f.row.parentNode, perGroup.get(f.row.parentNode) + 1);
      }
    }
    for (const index of this.order) {
      const f = this.findings[index];
      if (f.row.hidden === f.hit) f.row.hidden = !f.hit;
    }
    for (const [group, number] of perGroup) {
      group.hidden = number === 0;
      const whole = group.rows.length - 1;
      const text = number === whole ? String(whole) : `${number} of ${whole}`;
      const into = group.rows[0].querySelector('.many');
      if (into.textContent !== text) into.textContent = text;
    }
    for (const { severity, number } of this.chips) number.textContent = bySeverity[severity].toLocaleString('en');
    const active = Object.values(this.selects).filter((select) => select.value).length + (want.part ? 1 : 0);
    this.active.textContent = active ? String(active) : '';
    this.clear.hidden = !active && !only.size && !want.words.length;
    this.visible = shown;
    if (this.current >= 0 && !this.findings[this.current].hit) {
      this.drop();
      this.left();
    }
    this.reach(this.current >= 0 ? this.current : shown[0]);
    this.status.textContent = shown.length === this.order.length ? many(shown.length, 'finding') : `${shown.length.toLocaleString('en')} of ${many(this.order.length, 'finding')}`;
    this.nothing.hidden = shown.length > 0;
    // What is waived or fixed is no sign on the board, unless it is asked for.
    this.marked = shown.filter((index) => want.state || !['waived', 'fixed'].includes(this.findings[index].state));
    this.shown(this.marked);
  }

  /** Makes one row the one that the Tab key comes to. */
  reach(index) {
    if (this.reached !== undefined) this.findings[this.reached].row.tabIndex = -1;
    this.reached = index;
    if (index !== undefined) this.findings[index].row.tabIndex = 0;
  }

  listen() {
    if (!this.table) return;
    this.table.addEventListener('click', (event) => {
      const row = event.target.closest('tr[data-i]');
      if (!row || event.target.closest('summary, button, select, input, textarea, a, label, .editor')) return;
      if (String(getSelection())) return; // somebody marks text
      const place = event.target.closest('ol > li');
      this.pick(Number(row.dataset.i), place ? [...place.parentNode.children].indexOf(place) : 0);
    });
    this.table.addEventListener('keydown', (event) => {
      const row = event.target.closest('tr[data-i]');
      if (event.key !== 'Enter' || event.target !== row) return;
      event.preventDefault();
      this.pick(Number(row.dataset.i), 0);
    });
    this.table.addEventListener('toggle', (event) => {
      const row = event.target.open && event.target.closest('tr[data-i]');
      if (row) this.openPlaces(event.target, Number(row.dataset.i));
    }, true);
  }

  /** All places of a finding, each as a button; of large reports they come from the compressed block. */
  async openPlaces(details, index) {
    if (details.dataset.whole) return;
    details.dataset.whole = 'yes';
    let list = details.querySelector('ol');
    if (!list) details.append(list = el('ol'));
    if (list.children.length < this.findings[index].count) {
      const texts = (await this.readPlaces())[index];
      list.replaceChildren(...texts.map((text) => el('li', {}, clean(text))));
    }
    [...list.children].forEach((item, place) => {
      const button = el('button', { type: 'button', class: 'plain', onclick: () => this.pick(index, place) });
      button.append(...item.childNodes);
      item.append(button);
    });
  }

  /** Makes a finding the current one; `quiet` where the board is not to follow. */
  pick(index, place = 0, { focus = true, scroll = true } = {}) {
    const before = this.findings[this.current];
    const f = this.findings[index];
    if (before && before !== f) before.row.removeAttribute('aria-current');
    this.current = index;
    this.place = Math.min(Math.max(place, 0), f.count - 1);
    if (!f.hit) this.reset();
    f.row.setAttribute('aria-current', 'true');
    this.reach(index);
    if (focus) f.row.focus({ preventScroll: true });
    this.chosen(index, this.place);
    if (!scroll) return;
    f.row.scrollIntoView({ block: 'nearest' });
    // Rows that have come into sight are seldom as tall as was thought.
    requestAnimationFrame(() => f.row.scrollIntoView({ block: 'nearest' }));
  }

  drop() {
    const f = this.findings[this.current];
    f?.row.removeAttribute('aria-current');
    this.current = -1;
  }

  /** The next or previous of the findings that are shown. */
  step(by) {
    if (!this.visible || !this.visible.length) return;
    const at = this.visible.indexOf(this.current);
    const next = at < 0 ? (by > 0 ? 0 : this.visible.length - 1) : Math.min(Math.max(at + by, 0), this.visible.length - 1);
    this.pick(this.visible[next]);
  }
}

/** JSON that was deflated and written as base64. */
async function unpacked(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return JSON.parse(await new Response(stream).text());
}
