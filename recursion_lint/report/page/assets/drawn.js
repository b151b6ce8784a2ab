/* Which resources are drawn: all of few; of many those on loops, then what is next to them, up to a number that a
   person raises. What is opened and not among them is drawn with what is around it, a loop by itself. */

function Drawn(facts) {
  const FIRST = 200, AROUND = 60;
  const drawn = { most: FIRST, centre: null, alone: null, added: new Set() };

  drawn.more = () => { drawn.most *= 3; };
  drawn.reset = () => { drawn.most = FIRST; drawn.centre = null; drawn.alone = null; drawn.added.clear(); };
  drawn.add = id => {
    if (drawn.alone) { drawn.centre = drawn.alone.nodes; drawn.alone = null; }
    neighbours(id, facts.from(id).concat(facts.to(id))).slice(0, AROUND).forEach(other => drawn.added.add(other));
  };

  const neighbours = (id, edges) => [...new Set(edges.map(edge => edge.from === id ? edge.to : edge.from))];

  /* left: {findings, edges}. Gives the nodes and edges to draw, how many nodes are not, and for each drawn node how
     many neighbours it has that are not drawn. */
  drawn.pick = left => {
    const near = new Map();
    const join = (one, other) => { if (near.has(one)) near.get(one).add(other); else near.set(one, new Set([other])); };
    left.edges.forEach(edge => { join(edge.from, edge.to); join(edge.to, edge.from); });
    const all = facts.nodes.filter(node => near.has(node.id));
    const inside = drawn.alone ? new Set(drawn.alone.nodes) : drawn.centre ? around(near) : all.length <= drawn.most * 1.25 ? new Set(near.keys()) : first(left, near, all);
    const own = drawn.alone && new Set(drawn.alone.edges);
    const edges = left.edges.filter(edge => own ? own.has(edge.id) : inside.has(edge.from) && inside.has(edge.to));
    const nodes = all.filter(node => inside.has(node.id));
    nodes.forEach(node => { node.hidden = [...near.get(node.id)].filter(id => !inside.has(id)).length; });
    return { nodes, edges, all: all.length, around: drawn.centre, alone: drawn.alone };
  };

  function around(near) {
    const inside = new Set(drawn.centre.filter(id => near.has(id)));
    const fill = (ids, most) => ids.forEach(id => { if (inside.size < most && near.has(id)) inside.add(id); });
    drawn.centre.forEach(id => fill([...(near.get(id) || [])], drawn.centre.length + AROUND));
    fill([...drawn.added], Infinity);
    return inside;
  }

  /* Loops in order and whole, then breadth first from them, then from what has most neighbours. */
  function first(left, near, all) {
    const inside = new Set([...drawn.added].filter(id => near.has(id)));
    for (const finding of left.findings) {
      const added = finding.nodes.filter(id => !inside.has(id));
      if (inside.size && inside.size + added.length > drawn.most) continue;
      added.forEach(id => inside.add(id));
    }
    const queue = [...inside], starts = [...all].sort((one, other) => near.get(other.id).size - near.get(one.id).size);
    let at = 0;
    for (const start of [null, ...starts]) {
      if (start && !inside.has(start.id)) { inside.add(start.id); queue.push(start.id); }
      for (; at < queue.length && inside.size < drawn.most; at++) {
        for (const id of near.get(queue[at]) || []) {
          if (inside.size >= drawn.most) break;
          if (!inside.has(id)) { inside.add(id); queue.push(id); }
        }
      }
      if (inside.size >= drawn.most) break;
    }
    return inside;
  }
  return drawn;
}
