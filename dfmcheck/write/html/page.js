// The page: designs, keys, deep links, theme, review, print.

document.documentElement.classList.add('js');

const designs = [];
let active = null;
let keysOn = true;

// The first board is unpacked while the list is made.
const block = document.getElementById('board-0');
const bytes = block && boardModel.inflate(block.textContent);
bytes?.catch(() => {}); // told where it is drawn

for (const article of document.querySelectorAll('.design')) {
  const design = { article };
  design.list = new List(article, (index, place) => chosen(design, index, place), (indices) => design.board?.mark(indices), () => left(design));
  design.review = design.list.review;
  design.name = design.list.name;
  design.board = new BoardPanel(article, design.list, designs.length ? null : bytes);
  article.addEventListener('pointerdown', () => { active = design; });
  article.addEventListener('focusin', () => { active = design; });
  designs.push(design);
}
active = designs[0] || null;
let foreign = []; // what a review says of designs that are not in this report; saved again
try {
  taken(readReview(document.getElementById('review').textContent));
} catch (error) {
  console.warn(error); // without it there is still a report
}

// Boards are drawn when they come near the screen; the first one at once.
const near = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) designs.find((d) => d.article === entry.target)?.board.open();
}, { rootMargin: '100%' });
designs.forEach((design, at) => (at ? near.observe(design.article) : design.board.open()));
// Paper cannot wait for pictures: the others are drawn when there is nothing else to do.
designs[0]?.board.open().then(async () => {
  for (const design of designs.slice(1)) {
    await new Promise((idle) => requestIdleCallback(idle, { timeout: 5000 }));
    await design.board.open();
  }
});

/* --- a finding is chosen --- */

const editor = el('div', { class: 'editor' });

function chosen(design, index, place) {
  active = design;
  for (const other of designs) if (other !== design && other.list.current >= 0) {
    other.list.drop();
    other.board.leave();
  }
  design.board.open();
  design.board.show(index, place);
  if (!design.board.inWindow()) design.article.querySelector('.work').scrollIntoView();
  edit(design, index, place);
  const f = design.list.findings[index];
  const at = designs.indexOf(design);
  history.replaceState(null, '', `#finding=${f.fingerprint}${at ? `&design=${at}` : ''}`);
}

/** The finding that was chosen is filtered out. */
function left(design) {
  editor.remove();
  design.board.leave();
  if (design === active) history.replaceState(null, '', '#');
}

/** The tools of the finding that is chosen, in its row: its places and the review. */
function edit(design, index, place) {
  const { list, review } = design;
  const f = list.findings[index];
  const { disposition, remark } = review.get(index);
  const select = el('select', { id: 'disposition' });
  for (const [value, text] of Object.entries(DISPOSITIONS)) select.append(el('option', { value }, text));
  select.value = disposition;
  const text = el('input', { id: 'remark', maxlength: String(REMARK), autocomplete: 'off' });
  text.value = remark;
  const keep = () => {
    review.set(index, select.value, text.value.trim());
    reviewTag(design, index);
    reviewBar();
  };
  select.addEventListener('change', keep);
  text.addEventListener('input', keep);
  const parts = [el('span', { class: 'pairfield' }, el('label', { for: 'disposition' }, 'Review'), select),
    el('span', { class: 'pairfield grow' }, el('label', { for: 'remark' }, 'Remark'), text)];
  if (f.count > 1) {
    const to = (by) => list.pick(index, (place + by + f.count) % f.count, { focus: false });
    parts.unshift(el('span', { class: 'switch' },
      el('button', { type: 'button', 'data-tool': 'before', 'aria-label': 'Previous place', title: 'Previous place ([)', onclick: () => to(-1) }, '‹'),
      el('span', { class: 'at' }, `place ${place + 1} of ${f.count}`),
      el('button', { type: 'button', 'data-tool': 'after', 'aria-label': 'Next place', title: 'Next place (])', onclick: () => to(1) }, '›')));
  }
  const held = document.activeElement?.closest?.('.editor') ? document.activeElement.dataset.tool : null;
  editor.replaceChildren(...parts);
  f.row.cells[0].append(editor);
  if (held) editor.querySelector(`[data-tool=${held}]`)?.focus();
}

/* --- review --- */

function reviewTag(design, index) {
  const cell = design.list.findings[index].row.cells[0];
  const { disposition, remark } = design.review.get(index);
  cell.querySelector('.tag.review')?.remove();
  design.list.findings[index].text = null;
  if (!design.review.decided(index)) return;
  const tag = el('span', { class: 'tag review' }, `review: ${DISPOSITIONS[disposition]}${remark ? `, ${clean(remark)}` : ''}`);
  cell.insertBefore(tag, cell.querySelector('details, .editor'));
}

const told = el('p', { role: 'status', 'aria-live': 'polite' });
const saveButton = el('button', { type: 'button', id: 'save', class: 'main', onclick: save }, 'Save review file');
const bar = el('section', { class: 'reviewbar', 'aria-label': 'Review', hidden: true }, told, saveButton);
const file = el('input', { type: 'file', id: 'review-file', accept: '.json,application/json', class: 'sr', tabindex: '-1', 'aria-label': 'Review file to load' });
const loadButton = el('button', { type: 'button', id: 'load', onclick: () => file.click() }, 'Load review');
document.body.append(bar);
document.getElementById('print').before(loadButton, file);

function reviewBar(message = '') {
  const unsaved = designs.reduce((sum, d) => sum + d.review.unsaved(), 0);
  const decided = designs.reduce((sum, d) => sum + d.review.findings.filter((f) => d.review.decided(f.index)).length, 0);
  bar.hidden = !unsaved && !message && !decided;
  bar.classList.toggle('unsaved', unsaved > 0);
  const state = `${many(decided, 'finding')} reviewed${unsaved ? `, ${unsaved} not saved yet` : ''}`;
  told.textContent = message ? `${message}${unsaved ? ` ${unsaved} not saved yet.` : ''}` : `${state}.`;
}

function save() {
  const url = URL.createObjectURL(new Blob([reviewFile(designs, foreign)], { type: 'application/json' }));
  const name = (designs[0].name.replace(/[^\w.-]+/g, '_').replace(/^\.+/, '') || 'board').slice(0, 80);
  const link = el('a', { href: url, download: `${name}.review.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  for (const design of designs) design.review.markSaved();
  reviewBar('The review is saved as a file of your downloads.');
}

/** Takes what a review says of the designs here, and keeps what it says of others; how many decisions there are, fit, and give way to
 * what was typed here and is not saved yet. */
function taken(read) {
  let all = 0, fitting = 0, kept = 0;
  for (const { name, dispositions } of read) {
    const mine = designs.filter((d) => d.name === name);
    all += dispositions.filter(isDecision).length;
    const took = mine.map((d) => d.review.take(dispositions));
    fitting += Math.max(0, ...took.map((one) => one.fitting));
    kept += took.reduce((sum, one) => sum + one.kept, 0);
    if (!mine.length) foreign = foreign.filter((d) => d.name !== name).concat({ name, dispositions });
  }
  return { all, fitting, kept };
}

file.addEventListener('change', async () => {
  const [given] = file.files;
  if (!given) return;
  let read;
  try {
    if (given.size > REVIEW_BYTES) throw new Error('it is larger than 20 MB');
    read = readReview(await given.text());
  } catch (error) {
    reviewBar(`The file was not loaded: ${error.message}. Nothing has changed.`);
    file.value = '';
    return;
  }
  const { all, fitting, kept } = taken(read);
  for (const design of designs) {
    for (const f of design.list.findings) if (f.row) reviewTag(design, f.index);
    design.list.filter();
    if (design.list.current >= 0 && design === active) edit(design, design.list.current, design.list.place);
  }
  file.value = '';
  reviewBar(`${many(fitting, 'decision')} loaded.${all > fitting ? ` ${all - fitting} fit no finding of this report.` : ''}${kept ? ` ${kept} of yours kept as you typed it.` : ''}`);
});

addEventListener('beforeunload', (event) => {
  if (designs.some((d) => d.review.unsaved())) event.preventDefault();
});

/* --- deep links --- */

function follow() {
  const found = /^#finding=([0-9a-zA-Z-]{1,80})(?:&design=(\d{1,4}))?$/.exec(location.hash);
  if (!found) return;
  const among = found[2] === undefined ? designs : designs.slice(Number(found[2]), Number(found[2]) + 1);
  for (const design of among) {
    const f = design.list.findings.find((one) => one.fingerprint === found[1]);
    if (!f) continue;
    if (design.list.current !== f.index) design.list.pick(f.index, 0, { focus: false });
    design.article.querySelector('.work').scrollIntoView();
    f.row.scrollIntoView({ block: 'center' });
    return;
  }
}
addEventListener('hashchange', follow);

/* --- keys --- */

const help = el('dialog', { 'aria-labelledby': 'help-title' });
const KEYS = [
  ['j or ↓', 'next finding'], ['k or ↑', 'previous finding'], ['Enter', 'zoom to the finding'], ['[ and ]', 'its previous and next place'],
  ['/', 'search'], ['Esc', 'whole board; leave a field'], ['f', 'turn the board over'], ['1 to 9', 'switch a layer'],
  ['+ and −', 'zoom'], ['arrow keys', 'move the board, while it has the focus'], ['?', 'this help'],
];
const keysBox = el('input', { type: 'checkbox', id: 'keys-on', checked: true, onchange: () => { keysOn = keysBox.checked; } });
help.append(
  el('h2', { id: 'help-title' }, 'Keys'),
  el('table', {}, el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Key'), el('th', { scope: 'col' }, 'What it does'))),
    el('tbody', {}, ...KEYS.map(([key, what]) => el('tr', {}, el('th', { scope: 'row' }, el('kbd', {}, key)), el('td', {}, what))))),
  el('p', {}, keysBox, ' ', el('label', { for: 'keys-on' }, 'Single keys work')),
  el('form', { method: 'dialog' }, el('button', { class: 'main' }, 'Close')),
);
document.body.append(help);
const openHelp = () => { if (!help.open) help.showModal(); };
document.getElementById('help').addEventListener('click', openHelp);

const PAN = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The design that the middle of the window shows. */
function inSight() {
  return designs.find(({ article }) => ((box) => box.top <= innerHeight / 2 && box.bottom > innerHeight / 2)(article.getBoundingClientRect()));
}

function onKey(event) {
  // Brackets are typed with AltGr or Option on many keyboards.
  const typed = (event.key === '[' || event.key === ']') && event.altKey;
  if (!active || help.open || event.metaKey || (!typed && (event.ctrlKey || event.altKey)) || event.defaultPrevented) return;
  const target = event.target;
  if (target === document.body) active = inSight() ?? active;
  const { list, board } = active;
  if (target.matches('input:not([type=checkbox]), select, textarea')) {
    if (event.key !== 'Escape') return;
    event.preventDefault(); // which would empty the search field alone
    target.blur();
    return;
  }
  if (!keysOn && event.key.length === 1) return;
  const onBoard = board.host?.contains(target);
  const onControl = target.matches('button, summary, a, [type=checkbox]');
  if (onBoard && PAN[event.key]) board.viewer?.panBy(PAN[event.key][0] * 60, PAN[event.key][1] * 60);
  else if (event.key === 'j' || (event.key === 'ArrowDown' && list.table?.contains(target))) list.step(1);
  else if (event.key === 'k' || (event.key === 'ArrowUp' && list.table?.contains(target))) list.step(-1);
  else if (event.key === 'Enter' && !onControl && list.current >= 0) list.pick(list.current, list.place, { focus: false });
  else if ((event.key === ']' || event.key === '[') && list.current >= 0) {
    const { count } = list.findings[list.current];
    list.pick(list.current, (list.place + (event.key === ']' ? 1 : -1) + count) % count, { focus: false });
  } else if (event.key === '/') list.search?.focus();
  else if (event.key === 'Escape') {
    list.drop();
    editor.remove();
    board.whole();
    history.replaceState(null, '', '#');
  } else if (event.key === 'f') board.flip();
  else if (event.key === '?') openHelp();
  else if (event.key === '+' || event.key === '=') board.viewer?.zoomBy(1.5);
  else if (event.key === '-') board.viewer?.zoomBy(1 / 1.5);
  else if (/^[1-9]$/.test(event.key)) board.toggle(Number(event.key));
  else return;
  event.preventDefault();
}
document.addEventListener('keydown', onKey);

/* --- light and dark --- */

const theme = document.getElementById('theme');
const wish = matchMedia('(prefers-color-scheme: dark)');

function dark() {
  const set = document.documentElement.dataset.theme;
  return set ? set === 'dark' : wish.matches;
}

function tellTheme() {
  theme.textContent = dark() ? 'Light' : 'Dark';
  theme.setAttribute('aria-label', `Change to ${dark() ? 'light' : 'dark'} colours`);
}
theme.addEventListener('click', () => {
  document.documentElement.dataset.theme = dark() ? 'light' : 'dark';
  tellTheme();
});
wish.addEventListener('change', tellTheme);
tellTheme();

/* --- print --- */

let fold = null;
addEventListener('beforeprint', () => {
  fold ??= unfold();
  preparePaper(designs);
});
addEventListener('afterprint', () => {
  fold?.();
  fold = null;
  clearPaper(designs);
});
document.getElementById('print').addEventListener('click', async () => {
  for (const design of designs) await design.board.open();
  print();
});

follow();
reviewBar();
