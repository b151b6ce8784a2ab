/* One loop by itself: down on the left, up again on the right. */

/* Sets x, y on nodes and course on links; ring: the links in the order of the loop. Two or less: as among others. */
function ringLayout(nodes, links, ring) {
  if (nodes.length < 3 || !ring) { layout(nodes, links, ring ? [ring] : []); return; }
  const STEP = CARD_H + 58, GAP = 96, nodeOf = new Map(nodes.map(node => [node.id, node]));
  const order = [...new Set([...ring.flatMap(link => [link.from, link.to]), ...nodes.map(node => node.id)])].map(id => nodeOf.get(id));
  const half = Math.ceil(order.length / 2), left = order.slice(0, half), right = order.slice(half).reverse();
  const wide = column => Math.max(...column.map(node => node.w)), across = wide(left) / 2 + GAP + wide(right) / 2;
  [left, right].forEach((column, side) => column.forEach((node, row) => {
    node.x = side * across;
    node.y = (row + (half - column.length) / 2) * STEP;
  }));
  links.forEach(link => { link.course = between(nodeOf.get(link.from), nodeOf.get(link.to)); });

  function between(from, to) {
    const side = to.x > from.x ? 1 : -1, dx = across / 2, out = from.x > 0 ? 1 : -1;
    if (from === to) return course([[[from.x + 26, from.y + CARD_H / 2], [from.x + 40, from.y + 66], [from.x - 40, from.y + 66], [from.x - 26, from.y + CARD_H / 2 + 3]]]);
    if (from.x !== to.x) {
      const a = [from.x + side * from.w / 2, from.y], b = [to.x - side * to.w / 2, to.y];
      return course([[a, [a[0] + side * GAP / 2, a[1]], [b[0] - side * GAP / 2, b[1]], b]]);
    }
    const down = to.y > from.y ? 1 : -1, a = [from.x, from.y + down * CARD_H / 2], b = [to.x, to.y - down * CARD_H / 2];
    if (Math.abs(to.y - from.y) < STEP * 1.5) return course([[a, [a[0], a[1] + down * 18], [b[0], b[1] - down * 18], b]]);
    const u = [from.x + out * from.w / 2, from.y], v = [to.x + out * to.w / 2, to.y];
    return course([[u, [u[0] + out * dx / 2, u[1]], [v[0] + out * dx / 2, v[1]], v]]);
  }
}
