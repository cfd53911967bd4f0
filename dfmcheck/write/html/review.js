// The manufacturer's review: what was decided about each finding, kept in the page and saved as `dfmcheck-review/1`.
// Nothing in a file that is loaded is trusted: it is checked whole before any of it counts.
// REVIEW (the schema's name), DISPOSITIONS (with the words for people) and REMARK (the longest) come from review.py.

const REVIEW_BYTES = 20e6;

/** Decisions about the findings of one design. */
class Review {
  constructor(findings) {
    this.findings = findings;
    this.now = new Map();
    this.saved = new Map();
    this.others = []; // decisions of a file that fit no finding here; they are saved again
    this.loaded = new Map(); // as a file has them: what was measured when it was decided is kept
    this.keys = new Map(findings.map((f) => [keyOf(f), f.index]));
  }

  keep(index, disposition, remark) {
    this.set(index, disposition, remark);
    this.saved.set(index, this.get(index));
  }

  get(index) {
    return this.now.get(index) || { disposition: 'open', remark: '' };
  }

  set(index, disposition, remark) {
    this.now.set(index, { disposition: DISPOSITIONS[disposition] ? disposition : 'open', remark });
  }

  decided(index) {
    const { disposition, remark } = this.get(index);
    return disposition !== 'open' || remark !== '';
  }

  unsaved() {
    return [...this.now.keys()].filter((index) => this.changed(index)).length;
  }

  markSaved() {
    this.saved = new Map(this.now);
  }

  dispositions() {
    const made = new Map(this.others.map((d) => [keyOf(d), d]));
    for (const f of this.findings) {
      const { disposition, remark } = this.get(f.index), before = this.loaded.get(f.index);
      const seen = { ...(f.measured === null ? {} : { measured: f.measured }), count: f.count, severity: f.severity };
      if (before && before.disposition === disposition) made.set(keyOf(f), { ...before, remark });
      else if (this.decided(f.index)) made.set(keyOf(f), { rule: f.rule, fingerprint: f.fingerprint, disposition, remark, ...seen });
    }
    return [...made.values()];
  }

  changed(index) {
    const { disposition, remark } = this.get(index), before = this.saved.get(index) || { disposition: 'open', remark: '' };
    return before.disposition !== disposition || before.remark !== remark;
  }

  /** Takes the entries of a file: how many decisions fit a finding here, and at how many what was not saved yet stays. */
  take(dispositions) {
    const others = new Map(this.others.map((d) => [keyOf(d), d]));
    let fitting = 0, kept = 0;
    for (const d of dispositions) {
      const index = this.keys.get(keyOf(d));
      if (index === undefined) {
        others.set(keyOf(d), d);
        continue;
      }
      const mine = this.changed(index) ? this.get(index) : null;
      this.keep(index, d.disposition, d.remark);
      this.loaded.set(index, d);
      if (mine) this.set(index, mine.disposition, mine.remark);
      if (this.changed(index)) kept++;
      if (isDecision(d)) fitting++;
    }
    this.others = [...others.values()];
    return { fitting, kept };
  }
}

const isDecision = ({ disposition, remark }) => disposition !== 'open' || remark !== '';
const keyOf = ({ rule, fingerprint }) => JSON.stringify([rule, fingerprint]);

/** The text of a review file; `foreign` is what a file that was loaded says of other designs. */
function reviewFile(designs, foreign) {
  const told = new Map();
  const add = (name, dispositions) => {
    if (!told.has(name)) told.set(name, new Map());
    for (const one of dispositions) told.get(name).set(keyOf(one), one);
  };
  for (const { name, review } of designs) add(name, review.dispositions());
  for (const { name, dispositions } of foreign) add(name, dispositions);
  const list = [...told].map(([name, of]) => ({ name, dispositions: [...of.values()] }));
  return JSON.stringify({ schema: REVIEW, designs: list.filter((d) => d.dispositions.length) }, null, 2) + '\n';
}

/** What a review file says, checked as `dfmcheck` checks it: what it would refuse is not taken here. Throws an Error with one
 * line for people, in words of ours alone. */
function readReview(text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  if (!isThing(data) || data.schema !== REVIEW) throw new Error(`it is no review file (${REVIEW})`);
  known(data, ['schema', 'designs'], 'the file');
  if (!Array.isArray(data.designs)) throw new Error('designs is not a list');
  const out = data.designs.map((design, n) => {
    const at = `designs[${n}]`;
    known(design, ['name', 'dispositions'], at);
    textIn(design.name, `${at}.name`);
    if (!Array.isArray(design.dispositions)) throw new Error(`${at}.dispositions is not a list`);
    const dispositions = design.dispositions.map((d, k) => readDisposition(d, `${at}.dispositions[${k}]`));
    if (new Set(dispositions.map(keyOf)).size < dispositions.length) throw new Error(`${at}: a finding is there twice`);
    return { name: design.name, dispositions };
  });
  if (new Set(out.map((design) => design.name)).size < out.length) throw new Error('a design is there twice');
  return out;
}

const isThing = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function known(row, keys, at) {
  if (!isThing(row)) throw new Error(`${at} is not an object`);
  if (Object.keys(row).some((key) => !keys.includes(key))) throw new Error(`${at} has an unknown key`);
}

function textIn(value, at) {
  if (typeof value !== 'string') throw new Error(`${at} is not a text`);
  return value;
}

const ENTRY = ['rule', 'fingerprint', 'disposition', 'remark', 'measured', 'count', 'severity', 'places', 'known_by', 'about', 'gone'];

function readDisposition(d, at) {
  known(d, ENTRY, at);
  const { rule, fingerprint, disposition, remark } = { disposition: 'open', remark: '', ...d };
  for (const [key, value] of Object.entries({ rule, fingerprint, disposition, remark, about: '', ...('about' in d ? { about: d.about } : {}) })) textIn(value, `${at}.${key}`);
  if (!rule || !fingerprint) throw new Error(`${at}: a disposition needs a rule and a fingerprint`);
  if (!Object.hasOwn(DISPOSITIONS, disposition)) throw new Error(`${at}: unknown disposition, which is none of ${Object.keys(DISPOSITIONS).join(', ')}`);
  if ([...remark].length > REMARK) throw new Error(`${at}: the remark is longer than ${REMARK} characters`);
  const { measured = null, count = null, severity = null, gone = null } = d;
  if (measured !== null && !Number.isFinite(measured)) throw new Error(`${at}.measured is not a number`);
  if (count !== null && !Number.isInteger(count)) throw new Error(`${at}.count is not a whole number`);
  if (severity !== null && !['error', 'warning', 'note'].includes(severity)) throw new Error(`${at}.severity is none of error, warning, note`);
  if (![null, true, false].includes(gone)) throw new Error(`${at}.gone is not true or false`);
  const lists = {};
  for (const key of ['places', 'known_by']) {
    if (!(key in d)) continue;
    if (!Array.isArray(d[key])) throw new Error(`${at}.${key} is not a list`);
    d[key].forEach((text) => textIn(text, `${at}.${key}`));
    if (d[key].length) lists[key] = d[key];
  }
  return {
    rule, fingerprint, disposition, remark, ...(measured === null ? {} : { measured }), ...(count === null ? {} : { count }),
    ...(severity === null ? {} : { severity }), ...lists, ...(d.about ? { about: d.about } : {}), ...(gone ? { gone } : {}),
  };
}
