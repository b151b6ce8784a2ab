"use strict";
/* Layered layout, left to right: each connected part on its own, then the parts side by side. */

const GAP_X = 110, GAP_Y = 26, THREAD = 16, PART_GAP = 64;

/* nodes: [{id, w, h, rank}], links: [{from, to}], each pair once; rings: the loops, each a list of links in order.
   Sets x, y (centres) on nodes and points on links. */
function layout(nodes, links, rings) {
  bend(links, rings);
  const parts = connected(nodes, links);
  parts.forEach(part => Object.assign(part, layered(part.nodes, part.links)));
  parts.sort((a, b) => a.rank - b.rank || b.nodes.length - a.nodes.length || a.first - b.first);
  return packed(parts);
}

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

function connected(nodes, links) {
  const root = new Map(nodes.map(node => [node.id, node.id]));
  const find = id => {
    while (root.get(id) !== id) { root.set(id, root.get(root.get(id))); id = root.get(id); }
    return id;
  };
  links.forEach(link => root.set(find(link.from), find(link.to)));
  const parts = new Map();
  nodes.forEach((node, first) => {
    const key = find(node.id);
    if (!parts.has(key)) parts.set(key, { nodes: [], links: [], rank: 9, first });
    const part = parts.get(key);
    part.nodes.push(node);
    part.rank = Math.min(part.rank, node.rank);
  });
  links.forEach(link => parts.get(find(link.from)).links.push(link));
  return [...parts.values()];
}

function layered(nodes, links) {
  const cells = nodes.map(node => ({ node, w: node.w, h: node.h, ahead: [], behind: [] }));
  const cellOf = new Map(cells.map(cell => [cell.node.id, cell]));
  const spans = links.filter(link => link.from !== link.to)
    .map((link, number) => ({ link, number, a: cellOf.get(link.from), b: cellOf.get(link.to), turned: false }));
  spans.filter(span => span.link.back).forEach(turn);
  turnBack(cells, spans);
  assignLayers(cells, spans);
  const layers = threads(cells, spans);
  order(layers);
  place(layers);
  const box = bounds(layers.flat());
  cells.forEach(cell => { cell.node.x = cell.x - box.left; cell.node.y = cell.y - box.top; });
  ports(spans, box);
  links.filter(link => link.from === link.to).forEach(selfLoop(cellOf, box));
  return { w: box.right - box.left, h: box.bottom - box.top + (links.some(link => link.from === link.to) ? 30 : 0) };
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

/* A link over several layers becomes a thread of small cells, one in each layer between. */
function threads(cells, spans) {
  const layers = Array.from({ length: Math.max(0, ...cells.map(cell => cell.layer)) + 1 }, () => []);
  cells.forEach(cell => layers[cell.layer].push(cell));
  spans.forEach(span => {
    span.chain = [span.a];
    for (let layer = span.a.layer + 1; layer < span.b.layer; layer++) {
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
  for (const layer of layers.slice(0, -1)) {
    const ends = layer.flatMap(cell => cell.ahead.map(other => other.at).sort((x, y) => x - y));
    const tree = [];  // a Fenwick tree over positions counts the ends further down seen so far
    ends.forEach((end, seen) => {
      let before = 0;
      for (let at = end + 1; at > 0; at -= at & -at) before += tree[at] || 0;
      count += seen - before;
      for (let at = end + 1; at <= 1e4; at += at & -at) tree[at] = (tree[at] || 0) + 1;
    });
  }
  return count;
}

function place(layers) {
  let x = 0;
  layers.forEach(layer => {
    const width = Math.max(40, ...layer.map(cell => cell.w));
    layer.forEach(cell => { cell.x = x + width / 2; cell.room = width; });
    x += width + GAP_X + Math.min(90, layer.length * 3);
    let y = 0;
    layer.forEach((cell, at) => { y += at ? apart(layer[at - 1], cell) : 0; cell.y = y; });
  });
  for (let sweep = 0; sweep < 16; sweep++) {
    (sweep % 2 ? [...layers].reverse() : layers).forEach(layer => {
      layer.forEach(cell => {
        const near = sweep < 12 ? (sweep % 2 ? cell.ahead : cell.behind) : [...cell.ahead, ...cell.behind];
        cell.wish = near.length ? near.reduce((sum, other) => sum + other.y, 0) / near.length : cell.y;
      });
      settle(layer);
    });
  }
}

function apart(above, below) {
  return (above.h + below.h) / 2 + (above.thread || below.thread ? THREAD : GAP_Y);
}

/* Each cell as near to its wish as order and distances allow: neighbours that collide move as one block. */
function settle(layer) {
  const blocks = [];
  let offset = 0;
  layer.forEach((cell, at) => {
    offset += at ? apart(layer[at - 1], cell) : 0;
    cell.offset = offset;
    blocks.push({ sum: cell.wish - offset, count: 1, cells: [cell] });
    while (blocks.length > 1) {
      const last = blocks[blocks.length - 1], before = blocks[blocks.length - 2];
      if (before.sum / before.count <= last.sum / last.count) break;
      before.sum += last.sum;
      before.count += last.count;
      before.cells.push(...last.cells);
      blocks.pop();
    }
  });
  blocks.forEach(block => block.cells.forEach(cell => { cell.y = block.sum / block.count + cell.offset; }));
}

function bounds(cells) {
  return {
    left: Math.min(...cells.map(cell => cell.x - cell.w / 2)), right: Math.max(...cells.map(cell => cell.x + cell.w / 2)),
    top: Math.min(...cells.map(cell => cell.y - cell.h / 2)), bottom: Math.max(...cells.map(cell => cell.y + cell.h / 2)),
  };
}

/* Links leave and reach a card at places of their own, in the order of what is at their other end. */
function ports(spans, box) {
  const sides = new Map();
  const add = (cell, side, span, other) => {
    if (!sides.has(cell)) sides.set(cell, { right: [], left: [] });
    sides.get(cell)[side].push({ span, y: other.y });
  };
  spans.forEach(span => {
    add(span.a, "right", span, span.chain[1]);
    add(span.b, "left", span, span.chain[span.chain.length - 2]);
  });
  const spot = new Map();
  sides.forEach((pair, cell) => ["right", "left"].forEach(side => {
    const list = pair[side].sort((p, q) => p.y - q.y || p.span.turned - q.span.turned);
    const step = Math.min(22, (cell.h - 12) / Math.max(1, list.length - 1));
    list.forEach((port, at) => spot.set(`${side} ${port.span.number}`, cell.y + (at - (list.length - 1) / 2) * step));
  }));
  spans.forEach(span => {
    const points = [[span.a.x + span.a.w / 2, spot.get(`right ${span.number}`)]];
    span.chain.slice(1, -1).forEach(cell => points.push([cell.x - cell.room / 2, cell.y], [cell.x + cell.room / 2, cell.y]));
    points.push([span.b.x - span.b.w / 2, spot.get(`left ${span.number}`)]);
    if (span.turned) points.reverse();
    span.link.points = points.map(([x, y]) => [x - box.left, y - box.top]);
  });
}

function selfLoop(cellOf, box) {
  return link => {
    const cell = cellOf.get(link.from), x = cell.x - box.left, y = cell.y - box.top + cell.h / 2;
    link.self = true;
    link.points = [[x + 26, y], [x - 26, y]];
  };
}

/* Parts in rows, as wide as makes the whole about as tall as a screen. */
function packed(parts) {
  const area = parts.reduce((sum, part) => sum + (part.w + PART_GAP) * (part.h + PART_GAP), 0);
  const width = Math.max(Math.sqrt(area) * 1.35, ...parts.map(part => part.w));
  let x = 0, y = 0, tall = 0, right = 0;
  parts.forEach(part => {
    if (x && x + part.w > width) { x = 0; y += tall + PART_GAP; tall = 0; }
    part.nodes.forEach(node => { node.x += x; node.y += y; });
    part.links.forEach(link => { link.points = link.points.map(([px, py]) => [px + x, py + y]); });
    right = Math.max(right, x + part.w);
    tall = Math.max(tall, part.h);
    x += part.w + PART_GAP;
  });
  return { w: right, h: y + tall };
}
