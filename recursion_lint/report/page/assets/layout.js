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
