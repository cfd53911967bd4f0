// The manufacturer's review: what was decided about each finding, kept in the page and saved as `dfmcheck-review/1`.
// Nothing in a file that is loaded is trusted: it is checked whole before any of it counts.

const REVIEW = 'dfmcheck-review/1';
const DISPOSITIONS = { open: 'open', accept: 'accepted', ask: 'ask the OEM', cam: 'fix in CAM' };
const REVIEW_BYTES = 20e6;
const REMARK = 2000;

/** Decisions about the findings of one design. */
class Review {
  constructor(findings, start) {
    this.findings = findings;
    this.now = new Map();
    this.saved = new Map();
    this.others = []; // decisions of a file that fit no finding here; they are saved again
    this.keys = new Map(findings.map((f) => [JSON.stringify([f.rule, f.fingerprint]), f.index]));
    for (const [index, [disposition, remark]] of Object.entries(start)) this.keep(Number(index), disposition, remark);
  }

  keep(index, disposition, remark) {
    this.set(index, disposition, remark);
    this.saved.set(index, this.get(index));
  }

  get(index) {
    return this.now.get(index) || { disposition: 'open', remark: '' };
  }

  set(index, disposition, remark) {
    this.now.set(index, { disposition: DISPOSITIONS[disposition] ? disposition : 'open', remark: remark.slice(0, REMARK) });
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
    const made = this.findings.filter((f) => this.decided(f.index)).map((f) => ({
      rule: f.rule, fingerprint: f.fingerprint, ...this.get(f.index),
      ...(f.measured === null ? {} : { measured: f.measured }), count: f.count, severity: f.severity,
    }));
    return made.concat(this.others);
  }

  /** Takes the decisions of a file; how many fit a finding here. */
  take(dispositions) {
    const others = new Map(this.others.map((d) => [JSON.stringify([d.rule, d.fingerprint]), d]));
    let fitting = 0;
    for (const d of dispositions) {
      const key = JSON.stringify([d.rule, d.fingerprint]);
      const index = this.keys.get(key);
      if (index === undefined) others.set(key, d);
      else {
        this.keep(index, d.disposition, d.remark);
        fitting++;
      }
    }
    this.others = [...others.values()];
    return fitting;
  }
}

/** The text of a review file. */
function reviewFile(designs) {
  const told = designs.map((d) => ({ name: d.name, dispositions: d.review.dispositions() }));
  return JSON.stringify({ schema: REVIEW, designs: told.filter((d) => d.dispositions.length) }, null, 1) + '\n';
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
  if (!text(remark) || remark.length > REMARK) throw new Error(`a remark in it is no text of up to ${REMARK} characters`);
  const out = { rule: d.rule, fingerprint: d.fingerprint, disposition: d.disposition, remark };
  if (Number.isFinite(d.measured)) out.measured = d.measured;
  if (Number.isInteger(d.count)) out.count = d.count;
  if (['error', 'warning', 'note'].includes(d.severity)) out.severity = d.severity;
  return out;
}
