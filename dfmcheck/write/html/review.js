// The manufacturer's review: what was decided about each finding, kept in the page and saved as `dfmcheck-review/1`.
// Nothing in a file that is loaded is trusted: it is checked whole before any of it counts.

const REVIEW = 'dfmcheck-review/1';
const DISPOSITIONS = { open: 'open', accept: 'accepted', ask: 'ask the OEM', cam: 'fix in CAM' };
const REVIEW_BYTES = 20e6;
const REMARK = 2000;

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
    let number = 0;
    for (const [index, { disposition, remark }] of this.now) {
      const before = this.saved.get(index) || { disposition: 'open', remark: '' };
      if (before.disposition !== disposition || before.remark !== remark) number++;
    }
    return number;
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

  /** Takes the decisions of a file; how many fit a finding here. */
  take(dispositions) {
    const others = new Map(this.others.map((d) => [keyOf(d), d]));
    let fitting = 0;
    for (const d of dispositions) {
      const index = this.keys.get(keyOf(d));
      if (index === undefined) others.set(keyOf(d), d);
      else {
        this.keep(index, d.disposition, d.remark);
        this.loaded.set(index, d);
        fitting++;
      }
    }
    this.others = [...others.values()];
    return fitting;
  }
}

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

/** What a review file says, checked. Throws an Error with one line for people, in words of ours alone. */
function readReview(text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  const list = (value) => Array.isArray(value);
  const thing = (value) => typeof value === 'object' && value !== null && !list(value);
  if (!thing(data) || data.schema !== REVIEW) throw new Error(`it is no review file (${REVIEW})`);
  if (!list(data.designs)) throw new Error('it has no list of designs');
  const out = [];
  for (const design of data.designs) {
    if (!thing(design) || typeof design.name !== 'string' || !list(design.dispositions)) throw new Error('a design in it has no name or no dispositions');
    out.push({ name: design.name, dispositions: design.dispositions.map(readDisposition) });
  }
  return out;
}

function readDisposition(d) {
  const text = (value) => typeof value === 'string';
  if (typeof d !== 'object' || d === null || !text(d.rule) || !text(d.fingerprint)) throw new Error('a disposition in it names no rule or no fingerprint');
  if (!Object.hasOwn(DISPOSITIONS, d.disposition)) throw new Error('a disposition in it is none of open, accept, ask, cam');
  const remark = d.remark ?? '';
  if (!text(remark) || [...remark].length > REMARK) throw new Error(`a remark in it is no text of up to ${REMARK} characters`);
  const out = { rule: d.rule, fingerprint: d.fingerprint, disposition: d.disposition, remark };
  if (Number.isFinite(d.measured)) out.measured = d.measured;
  if (Number.isSafeInteger(d.count)) out.count = d.count;
  if (['error', 'warning', 'note'].includes(d.severity)) out.severity = d.severity;
  for (const key of ['places', 'known_by']) if (Array.isArray(d[key]) && d[key].every(text)) out[key] = d[key];
  if (text(d.about)) out.about = d.about;
  if (d.gone === true) out.gone = true;
  return out;
}
