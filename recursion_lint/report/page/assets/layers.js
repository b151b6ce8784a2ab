/* Layers of a graph: which links go backwards, which layer a card is in, and its place among its neighbours there. */

/* The second half of a loop of four or more goes backwards: a ring instead of a line with a long way back. */
function bend(links, rings) {
  const decided = new Set();
  links.forEach(link => { link.back = false; link.first = false; });
  [...rings].sort((a, b) => a.length - b.length).forEach(ring => {
    ring[0].first = true;
    if (ring.some(link => decided.has(link))) return;
    ring.forEach((link, at) => { decided.add(link); link.back = ring.length > 3 && at >= Math.ceil(ring.length / 2); });
  });
}

/* Turns round the links that close a cycle, so that the rest has a direction. */
function turnBack(cells, spans) {
  const out = new Map(cells.map(cell => [cell, []])), entries = new Map(cells.map(cell => [cell, 0]));
  spans.forEach(span => { out.get(span.a).push(span); entries.set(span.b, entries.get(span.b) + 1); });
  const state = new Map(), against = [];
  const leads = new Set(spans.filter(span => span.link.first).map(span => span.a));
  const starts = [...cells].sort((x, y) =>
    (entries.get(x) > 0) - (entries.get(y) > 0) || leads.has(y) - leads.has(x) || out.get(y).length - entries.get(y) - out.get(x).length + entries.get(x));
  for (const start of starts) {
    if (state.has(start)) continue;
    const stack = [[start, 0]];
    state.set(start, 1);
    while (stack.length) {
      const top = stack[stack.length - 1], span = out.get(top[0])[top[1]++];
      if (!span) { state.set(top[0], 2); stack.pop(); continue; }
      if (state.get(span.b) === 1) against.push(span);
      else if (!state.has(span.b)) { state.set(span.b, 1); stack.push([span.b, 0]); }
    }
  }
  against.forEach(turn);
}

function turn(span) {
  span.turned = !span.turned;
  [span.a, span.b] = [span.b, span.a];
}

/* Longest path, but no layer much taller than the part is wide: what does not fit goes one further. */
function assignLayers(cells, spans) {
  const next = new Map(cells.map(cell => [cell, []])), waits = new Map(cells.map(cell => [cell, 0]));
  spans.forEach(span => { next.get(span.a).push(span.b); waits.set(span.b, waits.get(span.b) + 1); });
  const tallest = Math.max(6, Math.ceil(Math.sqrt(cells.length) * 1.3)), filled = [];
  const ready = cells.filter(cell => !waits.get(cell));
  cells.forEach(cell => { cell.layer = 0; });
  for (const cell of ready) {
    while ((filled[cell.layer] || 0) >= tallest) cell.layer++;
    filled[cell.layer] = (filled[cell.layer] || 0) + 1;
    for (const other of next.get(cell)) {
      other.layer = Math.max(other.layer, cell.layer + 1);
      waits.set(other, waits.get(other) - 1);
      if (!waits.get(other)) ready.push(other);
    }
  }
  const entered = new Set(spans.map(span => span.b));
  cells.forEach(cell => {  // a source stands next to what it starts
    const nearest = Math.min(...next.get(cell).map(other => other.layer));
    if (!entered.has(cell) && nearest < Infinity) cell.layer = nearest - 1;
  });
}

const MOST_THREADS = 2500;

/* A link over several layers becomes a thread of small cells, one in each layer between; where that were too many,
   links go straight. */
function threads(cells, spans) {
  const straight = spans.reduce((sum, span) => sum + span.b.layer - span.a.layer - 1, 0) > MOST_THREADS;
  const layers = Array.from({ length: Math.max(0, ...cells.map(cell => cell.layer)) + 1 }, () => []);
  cells.forEach(cell => layers[cell.layer].push(cell));
  spans.forEach(span => {
    span.chain = [span.a];
    for (let layer = span.a.layer + 1; layer < span.b.layer && !straight; layer++) {
      const cell = { w: 0, h: 0, layer, thread: true, ahead: [], behind: [] };
      layers[layer].push(cell);
      span.chain.push(cell);
    }
    span.chain.push(span.b);
    for (let at = 1; at < span.chain.length; at++) {
      span.chain[at - 1].ahead.push(span.chain[at]);
      span.chain[at].behind.push(span.chain[at - 1]);
    }
  });
  return layers.filter(layer => layer.length);
}

/* Sweeps to and fro, each cell to the mean of its neighbours; the sweep with the fewest crossings stays. */
function order(layers) {
  const index = () => layers.forEach(layer => layer.forEach((cell, at) => { cell.at = at; }));
  index();
  let best = layers.map(layer => [...layer]), fewest = crossings(layers);
  for (let sweep = 0; sweep < 14 && fewest; sweep++) {
    const down = sweep % 2 === 0;
    (down ? layers : [...layers].reverse()).forEach(layer => {
      layer.forEach(cell => {
        const near = down ? cell.behind : cell.ahead;
        cell.wish = near.length ? near.reduce((sum, other) => sum + other.at, 0) / near.length : cell.at;
      });
      layer.sort((x, y) => x.wish - y.wish || x.at - y.at).forEach((cell, at) => { cell.at = at; });
    });
    const count = crossings(layers);
    if (count < fewest) { fewest = count; best = layers.map(layer => [...layer]); }
  }
  best.forEach((layer, at) => { layers[at] = layer; });
  index();
}

function crossings(layers) {
  let count = 0;
  const size = 1 + Math.max(0, ...layers.map(layer => layer.length));
  for (const layer of layers.slice(0, -1)) {
    const ends = layer.flatMap(cell => cell.ahead.map(other => other.at).sort((x, y) => x - y));
    const tree = [];  // a Fenwick tree over positions counts the ends further down seen so far
    ends.forEach((end, seen) => {
      let before = 0;
      for (let at = end + 1; at > 0; at -= at & -at) before += tree[at] || 0;
      count += seen - before;
      for (let at = end + 1; at <= size; at += at & -at) tree[at] = (tree[at] || 0) + 1;
    });
  }
  return count;
}
