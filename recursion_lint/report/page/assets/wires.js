/* The course of a wire, and where on it its words and the numbers of its hops stand without hiding each other. */

/* A smooth path through the points of a link; two cards that feed each other get a lens. */
function route(link) {
  const points = link.points;
  if (link.self) {
    const [[x, y], [end]] = points;
    return course([[[x, y], [x + 14, y + 40], [end - 14, y + 40], [end, y + 3]]]);
  }
  const bow = link.mutual && points.length === 2 ? (points[0][0] < points[1][0] ? -22 : 22) : 0, curves = [];
  for (let at = 1; at < points.length; at++) {
    const [x, y] = points[at - 1], [u, v] = points[at], bend = at % 2 ? (u - x) / 2 : (u - x) / 3;
    curves.push([[x, y], [x + bend, y + bow], [u - bend, v + bow], [u, v]]);
  }
  return course(curves);
}

function course(curves) {
  const written = curves.map(([, ...points]) => `C${points.map(point => point.join(" ")).join(" ")}`);
  const lengths = curves.map(([from, , , to]) => Math.hypot(to[0] - from[0], to[1] - from[1]) + 1), whole = lengths.reduce((sum, one) => sum + one, 0);
  return {
    d: `M${curves[0][0].join(" ")}${written.join("")}`,
    length: whole,
    /* The point at a part of the way, from 0 to 1. */
    at(part) {
      let left = part * whole, index = 0;
      while (index < curves.length - 1 && left > lengths[index]) left -= lengths[index++];
      const t = Math.min(1, left / lengths[index]), s = 1 - t, [a, b, c, d] = curves[index];
      return [0, 1].map(axis => s * s * s * a[axis] + 3 * s * s * t * b[axis] + 3 * s * t * t * c[axis] + t * t * t * d[axis]);
    },
  };
}

/* Boxes that are taken, besides those of another; counts those that a new one would lie upon. */
function Taken(others) {
  const SIZE = 80, cells = new Map();
  function* keys(x, y, w, h) {
    for (let u = Math.floor((x - w / 2) / SIZE); u <= (x + w / 2) / SIZE; u++)
      for (let v = Math.floor((y - h / 2) / SIZE); v <= (y + h / 2) / SIZE; v++) yield `${u} ${v}`;
  }
  return {
    add(x, y, w, h) {
      for (const key of keys(x, y, w, h)) {
        if (!cells.has(key)) cells.set(key, []);
        cells.get(key).push([x, y, w, h]);
      }
    },
    count(x, y, w, h) {
      const found = new Set();
      for (const key of keys(x, y, w, h)) (cells.get(key) || []).forEach(box => {
        if (Math.abs(box[0] - x) < (box[2] + w) / 2 && Math.abs(box[1] - y) < (box[3] + h) / 2) found.add(box);
      });
      return found.size + (others ? others.count(x, y, w, h) : 0);
    },
  };
}

const STOPS = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82, 0.1, 0.9];

/* The first free place on a wire for a box, or the one with fewest others below it. */
function spot(course, taken, w, h) {
  let best = null, fewest = Infinity;
  for (const part of STOPS) {
    const [x, y] = course.at(part), count = taken.count(x, y, w, h);
    if (count < fewest) { fewest = count; best = [x, y]; }
    if (!count) break;
  }
  return { at: best, free: fewest === 0 };
}

function cardsTaken(nodes) {
  const taken = Taken();
  nodes.forEach(node => taken.add(node.x, node.y, node.w, node.h));
  return taken;
}

/* Words on all wires, those of loops first; where there is no room they wait until somebody looks at the wire. */
function placeWords(links, taken) {
  const width = link => link.words.length * 5.6 + 8;
  [...links].sort((one, other) => (one.level === null) - (other.level === null)).forEach(link => {
    const found = spot(link.course, taken, width(link), 13);
    link.spot = found.at;
    link.crowded = !found.free;
    if (found.free) taken.add(...found.at, width(link), 13);
  });
}

const BADGE = 23;

/* The numbers of the hops of one loop, and their words where both fit. */
function placeBadges(hops, cards, large) {
  const taken = Taken(cards);
  return hops.map(hop => {
    const size = Math.max(BADGE, hop.numbers.length * 7 + 10), wide = Math.max(size, hop.link.words.length * 5.8 + 8);
    const tries = [[wide, BADGE + 16, true], [size, BADGE, false]].map(([w, h, words]) => ({ ...spot(hop.link.course, taken, w * large, h * large), w, h, words }));
    const best = tries.find(one => one.free) || tries[1];
    taken.add(...best.at, best.w * large, best.h * large);
    return { ...hop, at: best.at, words: best.words, size };
  });
}
