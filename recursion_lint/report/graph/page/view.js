/* The picture: cards and wires in SVG, pan and zoom. Text from templates only ever becomes text nodes. */

const SVG = "http://www.w3.org/2000/svg", CARD_H = 52;
const GLYPHS = {
  lambda: ["λ", "#d86613"], s3: ["S3", "#3f8624"], sqs: ["SQS", "#c7256e"], sns: ["SNS", "#c7256e"], dynamodb: ["DDB", "#3b48cc"],
  events: ["EB", "#b0286b"], states: ["SFN", "#b0286b"], kinesis: ["KDS", "#7b42d6"], firehose: ["KDF", "#7b42d6"], logs: ["CW", "#a1296a"],
  iot: ["IoT", "#2f7d5b"], pipes: ["PIP", "#b0286b"], ecs: ["ECS", "#d86613"], batch: ["BAT", "#d86613"], codebuild: ["CB", "#3b48cc"],
  unknown: ["?", "#5b6472"], codepipeline: ["CP", "#3b48cc"], glue: ["GLU", "#7b42d6"], kafka: ["MSK", "#7b42d6"], ses: ["SES", "#c12f2f"],
};
const LEVELS = ["error", "warning", "info"];
const DASHES = { granted: "granted", broad: "broad", assumed: "broad" };
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  element.append(...children);
  return element;
}

const pen = document.createElement("canvas").getContext("2d");
function widthOf(text, font) {
  pen.font = `${font} system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif`;
  return pen.measureText(text).width;
}

/* Long names lose their middle: both ends tell resources apart. */
function shortened(text, most) {
  return text.length <= most ? text : `${text.slice(0, Math.ceil(most * 0.6))}…${text.slice(text.length - Math.floor(most * 0.4) + 1)}`;
}

function fitted(text, font) {
  let most = 34, short = shortened(text, most);
  while (widthOf(short, font) > 224 && most > 6) short = shortened(text, --most);
  return short;
}

function View(canvas, choose) {
  const world = svg("g"), wires = svg("g"), cards = svg("g");
  const grid = svg("pattern", { id: "grid", class: "grid", width: 24, height: 24, patternUnits: "userSpaceOnUse" }, svg("circle", { cx: 2, cy: 2, r: 1 }));
  const heads = ["plain", ...LEVELS].map(level => svg("marker", {
    id: `head-${level}`, class: level, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 9, markerHeight: 9, orient: "auto", markerUnits: "userSpaceOnUse",
  }, svg("path", { d: "M0 .8 10 5 0 9.2z" })));
  world.append(wires, cards);
  canvas.append(svg("defs", {}, grid, ...heads), svg("rect", { width: "100%", height: "100%", fill: "url(#grid)" }), world);
  const view = { x: 0, y: 0, scale: 1, size: { w: 0, h: 0 }, nodes: new Map(), links: [], moving: 0 };

  view.measure = node => {
    node.name = fitted(node.label, "600 13px");
    node.under = fitted(node.kind, "400 11px");
    node.w = Math.ceil(Math.max(120, 64 + Math.max(widthOf(node.name, "600 13px"), widthOf(node.under, "400 11px"))));
    node.h = CARD_H;
  };

  view.show = (nodes, links, rings) => {
    nodes.forEach(node => { view.measure(node); node.rank = node.level === null ? 9 : LEVELS.indexOf(node.level); });
    view.size = layout(nodes, links, rings);
    view.nodes = new Map(nodes.map(node => [node.id, node]));
    view.links = links;
    wires.replaceChildren(...links.map(wire));
    cards.replaceChildren(...nodes.map(card));
  };

  function card(node) {
    const [glyph, colour] = GLYPHS[node.service] || [node.service.slice(0, 3).toUpperCase(), "#5b6472"];
    const looped = node.level ? ` looped ${node.level}` : "";
    const outside = node.file ? "" : " outside";
    node.element = svg("g", {
      id: node.id, class: `node${looped}${outside}`, role: "img", transform: `translate(${node.x - node.w / 2} ${node.y - CARD_H / 2})`,
      "aria-label": `${node.label}, ${node.kind}${node.loops.length ? `, on ${node.loops.length} loop${node.loops.length > 1 ? "s" : ""}` : ""}`,
    },
    svg("rect", { class: "card", width: node.w, height: CARD_H, rx: 11 }),
    svg("rect", { x: 9, y: 9, width: 34, height: 34, rx: 8, fill: colour }),
    Object.assign(svg("text", { class: "glyph", x: 26, y: 26.5 }), { textContent: glyph }),
    Object.assign(svg("text", { class: "name", x: 52, y: 19.5 }), { textContent: node.name }),
    Object.assign(svg("text", { class: "kind", x: 52, y: 36 }), { textContent: node.under }),
    Object.assign(svg("title"), { textContent: `${node.label}\n${node.kind}${node.file ? `\n${node.file}:${node.line}` : ""}` }));
    if (glyph === "λ") node.element.querySelector(".glyph").style.fontSize = "17px";
    node.element.addEventListener("click", () => view.moved || choose({ node: node.id }));
    node.element.addEventListener("pointerenter", () => near(node, true));
    node.element.addEventListener("pointerleave", () => near(node, false));
    return node.element;
  }

  function near(node, on) {
    view.links.forEach(link => { if (link.from === node.id || link.to === node.id) link.element.classList.toggle("near", on); });
  }

  function wire(link) {
    const { path, middle } = route(link), dash = DASHES[link.evidence] || "";
    const label = svg("text", { x: middle[0], y: middle[1] });
    label.textContent = link.words;
    link.element = svg("g", { class: `link${link.level ? ` looped ${link.level}` : ""}` },
      svg("path", { class: `wire ${dash}`, d: path }),
      svg("path", { class: "hit", d: path }),
      label,
      svg("g", { class: "badge" }, svg("circle", { cx: middle[0], cy: middle[1], r: 10 }), svg("text", { x: middle[0], y: middle[1] + 0.5 })));
    link.element.append(Object.assign(svg("title"), { textContent: link.edges.map(edge => edge.reason).join("\n") }));
    link.element.addEventListener("click", () => view.moved || choose({ link }));
    return link.element;
  }

  /* A smooth path through the points of a link; two cards that feed each other get a lens. */
  function route(link) {
    const points = link.points;
    if (link.self) {
      const [[x, y], [end]] = points;
      return { path: `M${x} ${y}C${x + 14} ${y + 40} ${end - 14} ${y + 40} ${end} ${y + 3}`, middle: [(x + end) / 2, y + 30] };
    }
    let path = `M${points[0][0]} ${points[0][1]}`;
    const bow = link.mutual && points.length === 2 ? (points[0][0] < points[1][0] ? -22 : 22) : 0;
    for (let at = 1; at < points.length; at++) {
      const [x, y] = points[at - 1], [u, v] = points[at], bend = (u - x) / 2;
      path += at % 2 ? `C${x + bend} ${y + bow} ${u - bend} ${v + bow} ${u} ${v}` : `L${u} ${v}`;
    }
    const pair = Math.floor(points.length / 4) * 2;
    const [[x, y], [u, v]] = [points[pair], points[pair + 1]];
    return { path, middle: [(x + u) / 2, (y + v) / 2 + bow * 0.75] };
  }

  /* Something that runs along the wire while its loop is shown. */
  view.flow = (link, on) => {
    link.element.querySelectorAll(".pulse").forEach(pulse => pulse.remove());
    if (!on || still) return;
    const path = link.element.querySelector(".wire");
    const motion = svg("animateMotion", { dur: `${Math.max(1.2, path.getTotalLength() / 130)}s`, repeatCount: "indefinite", path: path.getAttribute("d") });
    link.element.insertBefore(svg("circle", { class: "pulse", r: 4 }, motion), link.element.querySelector("text"));
  };

  function apply() {
    world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
    const step = view.scale < 0.3 ? 4 : 1;
    grid.setAttribute("patternTransform", `translate(${view.x} ${view.y}) scale(${view.scale * step})`);
    canvas.classList.toggle("far", view.scale < 0.5);
    canvas.classList.toggle("farther", view.scale < 0.2);
  }

  view.move = (x, y, scale, slow = true) => {
    cancelAnimationFrame(view.moving);
    const from = [view.x, view.y, view.scale], to = [x, y, scale], start = performance.now();
    const frame = now => {
      const part = slow && !still ? Math.min(1, Math.max(0, (now - start) / 280)) : 1, eased = 1 - (1 - part) ** 3;
      [view.x, view.y, view.scale] = from.map((value, at) => value + (to[at] - value) * eased);
      apply();
      if (part < 1) view.moving = requestAnimationFrame(frame);
    };
    frame(start);
  };

  /* Shows the cards with these ids (all without), never larger than life; up to 1.15 for a few. */
  view.fit = (ids, slow = true) => {
    const { width, height } = canvas.getBoundingClientRect(), found = (ids || [...view.nodes.keys()]).map(id => view.nodes.get(id)).filter(Boolean);
    if (!found.length || !width) return;
    const left = Math.min(...found.map(node => node.x - node.w / 2)), right = Math.max(...found.map(node => node.x + node.w / 2));
    const top = Math.min(...found.map(node => node.y)) - 50, bottom = Math.max(...found.map(node => node.y)) + 50;
    const scale = Math.min((width - 70) / (right - left), (height - 110) / (bottom - top), 1.15);
    view.move(width / 2 - (left + right) / 2 * scale, (height - 30) / 2 - (top + bottom) / 2 * scale, scale, slow);
  };

  view.zoom = (factor, x, y, slow) => {
    const box = canvas.getBoundingClientRect();
    const px = x === undefined ? box.width / 2 : x - box.left, py = y === undefined ? box.height / 2 : y - box.top;
    const scale = Math.min(3, Math.max(0.04, view.scale * factor)), ratio = scale / view.scale;
    view.move(px - (px - view.x) * ratio, py - (py - view.y) * ratio, scale, slow);
  };

  /* Brings a card into view at a readable size, if it is not. */
  view.reveal = id => {
    const node = view.nodes.get(id), { width, height } = canvas.getBoundingClientRect();
    if (!node) return;
    const scale = Math.max(view.scale, 0.7), x = node.x * view.scale + view.x, y = node.y * view.scale + view.y;
    if (scale !== view.scale || x < 80 || y < 60 || x > width - 80 || y > height - 60) view.move(width / 2 - node.x * scale, height / 2 - node.y * scale, scale);
  };

  const pointers = new Map();
  let travelled = 0;
  const spread = () => { const [p, q] = [...pointers.values()]; return Math.hypot(p.clientX - q.clientX, p.clientY - q.clientY); };
  canvas.addEventListener("pointerdown", event => {
    pointers.set(event.pointerId, event);
    travelled = pointers.size > 1 ? 99 : 0;
    view.moved = false;
  });
  canvas.addEventListener("pointermove", event => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const before = pointers.size === 2 ? spread() : 0;
    pointers.set(event.pointerId, event);
    const dx = (event.clientX - last.clientX) / pointers.size, dy = (event.clientY - last.clientY) / pointers.size;
    travelled += Math.abs(dx) + Math.abs(dy);
    if (travelled < 5) return;
    // Captured only now: a captured pointer would take the click from the card below it.
    if (!view.moved) { view.moved = true; canvas.setPointerCapture(event.pointerId); canvas.classList.add("dragging"); }
    view.move(view.x + dx, view.y + dy, view.scale, false);
    if (before) view.zoom(spread() / before, event.clientX, event.clientY, false);
  });
  ["pointerup", "pointercancel"].forEach(name => addEventListener(name, event => {
    pointers.delete(event.pointerId);
    canvas.classList.remove("dragging");
  }));
  canvas.addEventListener("click", event => { if (!view.moved && event.target.parentNode === canvas) choose(null); });
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    view.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.clientX, event.clientY, false);
  }, { passive: false });
  return view;
}
