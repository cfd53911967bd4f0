// The report on paper: a picture of each side of each board, and one of each of its worst findings.

const PICTURES = 30;
const PAPER = { side: [1400, 900], finding: [900, 560] };

/** Fills the pictures in; what is drawn is what the filters show. The viewers must be ready. */
function preparePaper(designs) {
  for (const { article, list, board } of designs) {
    const paper = article.querySelector('.paper');
    if (!board.viewer || !paper.hidden) continue;
    const sides = el('section', { class: 'sides', 'aria-label': `Pictures of both sides of ${clean(list.name)}` });
    for (const side of ['top', 'bottom']) sides.append(figure(board.viewer, { side }, `${clean(list.name)}, ${side} side`, PAPER.side));
    // Who reads on paper reads from the front: the board, its findings, their pictures, and then how all that was found.
    article.querySelector('.work').before(sides);
    article.append(article.querySelector('.about'));
    const worst = (list.visible || []).filter((index) => list.findings[index].state === '').slice(0, PICTURES);
    const grid = el('div', { class: 'worst' });
    if (worst.length) paper.append(el('h2', {}, `Pictures of the worst ${many(worst.length, 'finding')}`), grid);
    worst.forEach((index, at) => {
      const f = list.findings[index];
      grid.append(figure(board.viewer, { side: 'top', finding: index, place: 0 }, `${at + 1}. ${f.severity}: ${f.row.querySelector('p').textContent}`, PAPER.finding));
    });
    paper.hidden = false;
  }
}

function figure(viewer, what, caption, [width, height]) {
  const canvas = el('canvas', { width, height, role: 'img', 'aria-label': caption });
  // Drawn elsewhere and copied as a picture: a browser prints the strokes of a canvas one by one, which takes it minutes.
  const drawn = el('canvas', { width, height });
  drawn.getContext('2d', { willReadFrequently: true });
  viewer.picture(drawn, what);
  canvas.getContext('2d').drawImage(drawn, 0, 0);
  return el('figure', {}, canvas, el('figcaption', {}, caption));
}

function clearPaper(designs) {
  for (const { article } of designs) {
    const paper = article.querySelector('.paper');
    paper.replaceChildren();
    article.querySelector('.sides')?.remove();
    article.querySelector('.work').before(article.querySelector('.about'));
    paper.hidden = true;
  }
}

/** Opens what is folded in the upper part, and returns what folds it again. */
function unfold() {
  const folded = [...document.querySelectorAll('.about > details:not([open])')];
  for (const details of folded) details.open = true;
  return () => folded.forEach((details) => { details.open = false; });
}
