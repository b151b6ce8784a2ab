/* The picture: cards and wires in SVG, and where one looks. */

const CARD_H = 52;
const GLYPHS = {
  lambda: ["λ", "#c2570c"], s3: ["S3", "#3f8624"], sqs: ["SQS", "#c7256e"], sns: ["SNS", "#c7256e"], dynamodb: ["DDB", "#3b48cc"],
  events: ["EB", "#b0286b"], states: ["SFN", "#b0286b"], kinesis: ["KDS", "#7b42d6"], firehose: ["KDF", "#7b42d6"], logs: ["CW", "#a1296a"],
  iot: ["IoT", "#2f7d5b"], pipes: ["PIP", "#b0286b"], ecs: ["ECS", "#c2570c"], batch: ["BAT", "#c2570c"], codebuild: ["CB", "#3b48cc"],
  unknown: ["?", "#5b6472"], codepipeline: ["CP", "#3b48cc"], glue: ["GLU", "#7b42d6"], kafka: ["MSK", "#7b42d6"], ses: ["SES", "#c12f2f"],
};
const DASHES = { granted: "granted", broad: "broad", assumed: "broad" };

const pen = document.createElement("canvas").getContext("2d");
function widthOf(text, font) {
  const wanted = `${font} system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif`;
  if (pen.wanted !== wanted) { pen.font = wanted; pen.wanted = wanted; }
  return pen.measureText(text).width;
}

function fitted(text, font) {
  let most = 34, short = shortened(text, most);
  while (most > 6 && widthOf(short, font) > 224) short = shortened(text, --most);
  return short;
}

function Picture(canvas, acts) {
  const world = svg("g"), wires = svg("g"), cards = svg("g"), marks = svg("g");
  const grid = svg("pattern", { id: "grid", class: "grid", width: 24, height: 24, patternUnits: "userSpaceOnUse" }, svg("circle", { cx: 2, cy: 2, r: 1 }));
  const heads = ["plain", ...LEVELS].map(level => svg("marker", {
    id: `head-${level}`, class: level, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 9, markerHeight: 9, orient: "auto", markerUnits: "userSpaceOnUse",
  }, svg("path", { d: "M0 .8 10 5 0 9.2z" })));
  world.append(wires, cards, marks);
  canvas.append(svg("defs", {}, grid, ...heads), svg("rect", { width: "100%", height: "100%", fill: "url(#grid)" }), world);
  const view = { x: 0, y: 0, scale: 1, nodes: new Map(), links: [], moving: 0, moved: false };

  function measure(node) {
    node.name = fitted(node.label, "600 13px");
    const both = node.apart ? `${node.kind} · ${node.apart}` : node.kind;
    node.under = both.length > 34 && node.apart ? tail(node.apart, 34) : fitted(both, "400 11px");
    node.w = Math.ceil(Math.max(120, 64 + Math.max(widthOf(node.name, "600 13px"), widthOf(node.under, "400 11px"))));
    node.h = CARD_H;
  }

  view.show = (nodes, links, rings, alone) => {
    nodes.forEach(node => { if (!node.w) measure(node); node.rank = node.level === null ? 9 : LEVELS.indexOf(node.level); node.links = []; });
    if (alone) ringLayout(nodes, links, rings[0]); else layout(nodes, links, rings);
    view.nodes = new Map(nodes.map(node => [node.id, node]));
    view.links = links;
    canvas.classList.toggle("heavy", links.length > 600);
    links.forEach(link => {
      link.course = link.course || route(link);
      view.nodes.get(link.from).links.push(link);
      view.nodes.get(link.to).links.push(link);
    });
    placeWords(links, cardsTaken(nodes));
    view.taken = cardsTaken(nodes);
    view.marked = null;
    wires.replaceChildren(...links.map(wire));
    cards.replaceChildren(...nodes.map(card));
    marks.replaceChildren();
  };

  function card(node) {
    const [glyph, colour] = GLYPHS[node.service] || [node.service.slice(0, 3).toUpperCase(), "#5b6472"];
    const place = node.file ? `${node.file}:${node.line}` : "outside the templates";
    node.element = svg("g", {
      id: node.id, class: `node${node.level ? ` looped ${node.level}` : ""}${node.file ? "" : " outside"}`, role: "img",
      transform: `translate(${node.x - node.w / 2} ${node.y - CARD_H / 2})`,
      "aria-label": `${node.label}, ${node.kind}, ${place}${node.findings.length ? `, on ${counted(node.findings.length, "loop")}` : ""}${node.hidden ? `, ${counted(node.hidden, "neighbour")} not drawn` : ""}`,
    },
    svg("rect", { class: "card", width: node.w, height: CARD_H, rx: 11 }),
    svg("rect", { x: 9, y: 9, width: 34, height: 34, rx: 8, fill: colour }),
    svg("text", { class: glyph === "λ" ? "glyph large" : "glyph", x: 26, y: 26.5 }, glyph),
    svg("text", { class: "name", x: 52, y: 19.5 }, node.name),
    svg("text", { class: "kind", x: 52, y: 36 }, node.under),
    svg("title", {}, `${node.label}\n${node.kind}\n${place}`));
    if (node.hidden) node.element.append(more(node));
    node.element.addEventListener("click", () => view.moved || acts.node(node.id));
    ["pointerenter", "pointerleave"].forEach((name, at) => node.element.addEventListener(name, () => node.links.forEach(link => link.element.classList.toggle("near", !at))));
    return node.element;
  }

  function more(node) {
    const words = `+${node.hidden}`, w = words.length * 7 + 10;
    return svg("g", { class: "more", transform: `translate(${node.w - w / 2 - 4} 0)`, click: event => { event.stopPropagation(); if (!view.moved) acts.grow(node.id); } },
      svg("rect", { x: -w / 2, y: -9, width: w, height: 18, rx: 9 }), svg("text", { y: 0.5 }, words),
      svg("title", {}, `${counted(node.hidden, "neighbour")} not drawn: draw them`));
  }

  function wire(link) {
    const words = svg("text", { x: link.spot[0], y: link.spot[1] }, link.words);
    link.element = svg("g", { class: `link${link.level ? ` looped ${link.level}` : ""}${link.crowded ? " crowded" : ""}` },
      svg("path", { class: `wire ${DASHES[link.evidence] || ""}`, d: link.course.d, "marker-end": `url(#head-${link.level || "plain"})` }),
      svg("path", { class: "hit", d: link.course.d }), words,
      svg("title", {}, link.edges.map(edge => edge.reason).join("\n")));
    link.element.addEventListener("click", () => view.moved || acts.link(link));
    return link.element;
  }

  /* What is chosen stands out: edges and nodes by id, the hops of a finding with their numbers. */
  view.light = ({ edges, nodes, finding, chosen }) => {
    const any = edges.size + nodes.size > 0, hops = [];
    canvas.classList.toggle("dimmed", any);
    view.links.forEach(link => {
      const lit = any && link.edges.some(edge => edges.has(edge.id));
      if (!lit && !link.lit) return;
      link.lit = lit;
      const level = lit && finding ? finding.severity : link.level;
      const classes = ["link", link.crowded && "crowded", level && `looped ${level}`, lit && "lit", lit && finding && "hop", lit && chosen && "chosen"];
      link.element.setAttribute("class", classes.filter(Boolean).join(" "));
      link.element.firstChild.setAttribute("marker-end", `url(#head-${level || "plain"})`);
      if (!lit || !finding) return;
      const own = new Set(link.edges.map(edge => edge.id));
      hops.push({ link, numbers: finding.hops.flatMap((hop, at) => own.has(hop.edge) ? [at + 1] : []).join(",") });
    });
    view.nodes.forEach(node => {
      node.element.classList.toggle("lit", nodes.has(node.id));
      node.element.classList.toggle("chosen", chosen === node.id);
    });
    view.marked = hops.length ? { hops, finding, large: 0 } : null;
    marks.replaceChildren();
    mark(view.scale);
  };

  /* The numbers of hops stay readable from afar: the smaller the picture, the larger they are in it. */
  function mark(scale) {
    const large = Math.max(1, Math.min(4, Math.round(4 * 0.8 / scale) / 4));
    if (!view.marked || view.marked.large === large) return;
    const { hops, finding } = view.marked;
    view.marked.large = large;
    marks.replaceChildren(...(still ? [] : hops.map(hop => pulse(hop.link))), ...placeBadges(hops, view.taken, large).map(hop => badge(hop, finding, large)));
  }

  function badge({ at, numbers, size, words, link }, finding, large) {
    const wide = size - 3, up = words ? -8 : 0;
    return svg("g", { class: `badge ${finding.severity}`, transform: `translate(${at[0]} ${at[1]}) scale(${large})` },
      svg("rect", { x: -wide / 2, y: up - 10, width: wide, height: 20, rx: 10 }), svg("text", { class: "number", y: up + 0.5 }, numbers),
      ...(words ? [svg("text", { class: "words", y: 11 }, link.words)] : []));
  }

  /* Something that runs along the wire while its loop is shown. */
  function pulse(link) {
    const seconds = Math.max(1.2, link.course.length / 130), motion = { dur: `${seconds}s`, repeatCount: "indefinite", path: link.course.d };
    return svg("circle", { class: `pulse ${link.level}`, r: 4 }, svg("animateMotion", motion));
  }

  function apply() {
    world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
    grid.setAttribute("patternTransform", `translate(${view.x} ${view.y}) scale(${view.scale * (view.scale < 0.3 ? 4 : 1)})`);
    canvas.classList.toggle("far", view.scale < 0.5);
    canvas.classList.toggle("farther", view.scale < 0.2);
  }

  view.move = (x, y, scale, slow = true) => {
    cancelAnimationFrame(view.moving);
    mark(scale);
    const from = [view.x, view.y, view.scale], to = [x, y, scale], start = performance.now();
    const frame = now => {
      const part = slow && !still ? Math.min(1, Math.max(0, (now - start) / 280)) : 1, eased = 1 - (1 - part) ** 3;
      [view.x, view.y, view.scale] = from.map((value, at) => value + (to[at] - value) * eased);
      apply();
      if (part < 1) view.moving = requestAnimationFrame(frame);
    };
    frame(start);
  };

  /* How large cards with these ids can be shown together. */
  view.scaleOf = ids => boxOf(ids).scale;

  /* Shows the cards with these ids (all without), never larger than life; up to 1.15 for a few. */
  view.fit = (ids, slow = true) => {
    const box = boxOf(ids || [...view.nodes.keys()]);
    if (box.scale) view.move(box.width / 2 - (box.left + box.right) / 2 * box.scale, (box.height - 30) / 2 - (box.top + box.bottom) / 2 * box.scale, box.scale, slow);
  };

  function boxOf(ids) {
    const { width, height } = canvas.getBoundingClientRect(), found = ids.map(id => view.nodes.get(id)).filter(Boolean);
    const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity, width, height };
    found.forEach(node => {
      box.left = Math.min(box.left, node.x - node.w / 2); box.right = Math.max(box.right, node.x + node.w / 2);
      box.top = Math.min(box.top, node.y - 50); box.bottom = Math.max(box.bottom, node.y + 50);
    });
    box.scale = found.length && width ? Math.max(0.04, Math.min((width - 70) / (box.right - box.left), (height - 110) / (box.bottom - box.top), 1.15)) : 0;
    return box;
  }

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
  return view;
}
