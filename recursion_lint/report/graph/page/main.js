/* What a person does: choosing, filtering, searching, the keyboard, the address. */

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = id => document.getElementById(id);
  const canvas = at("canvas"), filters = at("filters"), search = at("search"), hits = at("hits"), list = at("loops");
  const CROWDED = 150;
  let chosen = null, current = null, shown = { loops: [] };
  const view = View(canvas, choose), panel = Panel(at("panel"), data, choose);
  const nodeOf = new Map(data.nodes.map(node => [node.id, node])), edgeOf = new Map(data.edges.map(edge => [edge.id, edge]));

  /* The loops, edges and nodes that the filters leave. A loop that is left stays whole. */
  function filtered() {
    const form = new FormData(filters), levels = new Set(form.getAll("severity"));
    const service = form.get("service"), file = form.get("file"), only = form.has("only");
    const fits = edge => [nodeOf.get(edge.from), nodeOf.get(edge.to)].some(node => !service || node.service === service)
      && (!file || [edge.file, nodeOf.get(edge.from).file, nodeOf.get(edge.to).file].includes(file));
    const loops = data.loops.filter(loop => levels.has(loop.severity) && loop.edges.some(id => fits(edgeOf.get(id))));
    const looped = new Set(loops.flatMap(loop => loop.edges));
    const edges = data.edges.filter(edge => looped.has(edge.id) || (!only && fits(edge)));
    const ends = new Set(edges.flatMap(edge => [edge.from, edge.to]));
    return { loops, edges, nodes: data.nodes.filter(node => ends.has(node.id)) };
  }

  /* Parallel edges become one wire; its words and its look are those of its worst loop and best evidence. */
  function bundled(edges, numbers) {
    const links = new Map(), strength = ["declared", "defined", "coded", "granted", "assumed", "broad"];
    edges.forEach(edge => {
      const key = `${edge.from} ${edge.to}`;
      if (!links.has(key)) links.set(key, { from: edge.from, to: edge.to, edges: [] });
      links.get(key).edges.push(edge);
    });
    links.forEach(link => {
      const kinds = [...new Set(link.edges.map(edge => edge.kind))].join(", ");
      link.evidence = strength.find(one => link.edges.some(edge => edge.evidence === one));
      link.words = link.edges.length > 1 ? `${kinds} ×${link.edges.length}` : kinds;
      link.mutual = links.has(`${link.to} ${link.from}`);
      link.level = worst(link.edges.flatMap(edge => edge.loops), numbers);
    });
    return [...links.values()];
  }

  function worst(loops, numbers) {
    const levels = loops.filter(number => numbers.has(number)).map(number => data.loops[number - 1].severity);
    return LEVELS.find(level => levels.includes(level)) || null;
  }

  function refresh(slow) {
    shown = filtered();
    const numbers = new Set(shown.loops.map(loop => loop.number));
    shown.nodes.forEach(node => { node.level = worst(node.loops, numbers); });
    const links = bundled(shown.edges, numbers), along = new Map(links.flatMap(link => link.edges.map(edge => [edge.id, link])));
    view.show(shown.nodes, links, shown.loops.map(loop => loop.edges.map(id => along.get(id))));
    const count = shown.nodes.length, all = data.nodes.length, loops = shown.loops.length;
    at("count").textContent = `${loops} loop${loops === 1 ? "" : "s"} · ${count < all ? `${count} of ${all}` : all} resource${all === 1 ? "" : "s"} shown`;
    at("empty").hidden = count > 0;
    at("empty").textContent = all ? "The filters leave nothing to show." : "No resource here triggers or writes to another.";
    listLoops();
    const visible = chosen && (chosen.loop ? numbers.has(chosen.loop) : chosen.node ? view.nodes.has(chosen.node) : chosen.edges.every(id => shown.edges.includes(edgeOf.get(id))));
    if (chosen && !visible) choose(null);
    light();
    view.fit(null, slow);
  }

  function listLoops() {
    const rows = shown.loops.map(loop => html("li", { class: loop.severity },
      html("button", { type: "button", "data-loop": loop.number, click: () => choose({ loop: loop.number }) },
        html("small", {}, html("b", {}, loop.severity), html("span", {}, loop.rule)), loop.message)));
    const none = data.loops.length ? "No loop fits the filters." : "No loops found.";
    list.replaceChildren(...(rows.length ? rows : [html("li", {}, html("p", {}, none))]));
  }

  /* Opens a loop, a node, an edge or the edges of a wire; null closes. */
  function choose(what, quiet) {
    if (what && what.link) {
      const ids = what.link.edges.map(edge => edge.id);
      const own = chosen && chosen.loop ? ids.find(id => data.loops[chosen.loop - 1].edges.includes(id)) : null;
      if (own) { pick(own); return; }
      what = { edges: ids };
    } else if (what && what.edge) what = { edges: [what.edge] };
    const wasOpen = !at("panel").hidden;
    chosen = what;
    if (!what) panel.close();
    else if (what.loop) panel.loop(data.loops[what.loop - 1], pick);
    else if (what.node) panel.node(what.node);
    else panel.edges(what.edges);
    current = what && what.node ? what.node : current;
    const hash = !what ? "" : what.loop ? `#loop=${what.loop}` : what.node ? `#node=${what.node}` : `#edge=${what.edges[0]}`;
    if (!quiet) try { history.replaceState(null, "", hash || location.href.split("#")[0]); } catch { /* a page without an address */ }
    unhide(what);
    light();
    if (!what) return;
    if (what.loop) view.fit(data.loops[what.loop - 1].nodes, wasOpen || !quiet);
    else if (what.node) view.reveal(what.node);
    else if (!wasOpen || !view.nodes.get(edgeOf.get(what.edges[0]).from)) view.reveal(edgeOf.get(what.edges[0]).from);
  }

  function pick(id) {
    const edge = edgeOf.get(id);
    panel.flash(id);
    view.links.forEach(link => link.element.classList.toggle("chosen", link.edges.includes(edge)));
    view.reveal(edge.to);
    view.reveal(edge.from);
  }

  /* What is opened from a list or the address may be hidden by the filters: those give way. */
  function unhide(what) {
    if (!what) return;
    const ids = what.loop ? data.loops[what.loop - 1].nodes : what.node ? [what.node] : what.edges.flatMap(id => [edgeOf.get(id).from, edgeOf.get(id).to]);
    const hidden = what.loop ? !shown.loops.some(loop => loop.number === what.loop)
      : what.edges ? what.edges.some(id => !shown.edges.includes(edgeOf.get(id))) : ids.some(id => !view.nodes.has(id));
    if (!hidden) return;
    filters.reset();
    refresh(false);
  }

  /* The classes that show what is chosen. */
  function light() {
    const loop = chosen && chosen.loop ? data.loops[chosen.loop - 1] : null;
    const edges = new Set(loop ? loop.edges : chosen && chosen.edges ? chosen.edges : []);
    const nodes = new Set(loop ? loop.nodes : []);
    if (chosen && chosen.node) {
      nodes.add(chosen.node);
      shown.edges.forEach(edge => { if (edge.from === chosen.node || edge.to === chosen.node) edges.add(edge.id); });
    }
    edges.forEach(id => { nodes.add(edgeOf.get(id).from); nodes.add(edgeOf.get(id).to); });
    canvas.classList.toggle("dimmed", chosen !== null);
    view.links.forEach(link => {
      const lit = link.edges.filter(edge => edges.has(edge.id)), classes = link.element.classList;
      classes.toggle("lit", lit.length > 0);
      classes.toggle("hop", loop !== null && lit.length > 0);
      view.flow(link, loop !== null && lit.length > 0);
      classes.toggle("chosen", !loop && chosen !== null && Boolean(chosen.edges) && lit.length > 0);
      const level = loop && lit.length ? loop.severity : link.level;
      LEVELS.forEach(one => classes.toggle(one, one === level));
      link.element.querySelector(".wire").setAttribute("marker-end", `url(#head-${level || "plain"})`);
      const numbers = loop ? loop.edges.flatMap((id, index) => lit.some(edge => edge.id === id) ? [index + 1] : []) : [];
      link.element.querySelector(".badge text").textContent = numbers.join(",");
    });
    view.nodes.forEach(node => {
      node.element.classList.toggle("lit", nodes.has(node.id));
      node.element.classList.toggle("chosen", Boolean(chosen) && chosen.node === node.id);
    });
    list.querySelectorAll("button").forEach(button => {
      if (loop && Number(button.dataset.loop) === loop.number) { button.setAttribute("aria-current", "true"); button.scrollIntoView({ block: "nearest" }); }
      else button.removeAttribute("aria-current");
    });
  }

  function find() {
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    hits.hidden = !words.length;
    if (!words.length) return;
    const found = data.nodes.filter(node => words.every(word => `${node.label} ${node.kind} ${node.file}`.toLowerCase().includes(word)));
    const rows = found.slice(0, 30).map(node => html("li", {}, html("button", { type: "button", click: () => take(node.id) },
      node.label, html("small", {}, `${node.kind}${node.file ? ` · ${node.file}:${node.line}` : ""}`))));
    if (found.length !== rows.length || !rows.length) rows.push(html("li", {}, html("p", {}, rows.length ? `and ${found.length - 30} more` : "No such resource.")));
    hits.replaceChildren(...rows);
  }

  function take(id) {
    hits.hidden = true;
    search.value = "";
    choose({ node: id });
    canvas.focus();
    mark(id);
  }

  function mark(id) {
    view.nodes.forEach(node => node.element.classList.toggle("current", node.id === id));
    current = id;
    canvas.setAttribute("aria-activedescendant", id);
    view.reveal(id);
  }

  /* The nearest card in a direction; distance across counts double. */
  function step(dx, dy) {
    const from = view.nodes.get(current), nodes = [...view.nodes.values()];
    if (!from) { if (nodes.length) mark(nodes[0].id); return; }
    const cost = node => {
      const along = (node.x - from.x) * dx + (node.y - from.y) * dy, across = Math.abs((node.x - from.x) * dy) + Math.abs((node.y - from.y) * dx);
      return along > 1 ? along + 2 * across : Infinity;
    };
    const best = nodes.reduce((one, other) => cost(other) < cost(one) ? other : one, from);
    if (best !== from && cost(best) < Infinity) mark(best.id);
  }

  function turn(by) {
    const numbers = shown.loops.map(loop => loop.number), index = numbers.indexOf(chosen ? chosen.loop : null);
    if (numbers.length) choose({ loop: numbers[index < 0 ? (by > 0 ? 0 : numbers.length - 1) : (index + by + numbers.length) % numbers.length] });
  }

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", event => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      event.preventDefault();
      if (event.shiftKey) view.move(view.x - arrow[0] * 90, view.y - arrow[1] * 90, view.scale);
      else step(...arrow);
    } else if (event.key === "Enter" && view.nodes.has(current)) choose({ node: current });
  });
  addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input[type=search], select");
    if (event.key === "Escape") {
      if (typing || !hits.hidden) { search.value = ""; hits.hidden = true; canvas.focus(); } else choose(null);
    } else if (!typing) {
      const act = { "/": () => search.focus(), "+": () => view.zoom(1.3), "=": () => view.zoom(1.3), "-": () => view.zoom(1 / 1.3), 0: () => view.fit(), n: () => turn(1), p: () => turn(-1) }[event.key];
      if (act) { event.preventDefault(); act(); }
    }
  });
  search.addEventListener("input", find);
  search.addEventListener("keydown", event => {
    const first = hits.hidden ? null : hits.querySelector("button");
    if (first && event.key === "Enter") first.click();
    if (first && event.key === "ArrowDown") { event.preventDefault(); first.focus(); }
  });
  hits.addEventListener("keydown", event => {
    const row = event.target.closest("li"), to = event.key === "ArrowDown" ? row.nextElementSibling : event.key === "ArrowUp" ? row.previousElementSibling : row;
    if (to === row) return;
    event.preventDefault();
    ((to && to.querySelector("button")) || search).focus();
  });
  addEventListener("pointerdown", event => { if (!event.target.closest(".find")) hits.hidden = true; });
  filters.addEventListener("change", () => refresh(true));
  filters.addEventListener("submit", event => event.preventDefault());
  document.querySelector(".tools").addEventListener("click", event => {
    const act = { in: () => view.zoom(1.3), out: () => view.zoom(1 / 1.3), fit: () => view.fit() }[event.target.dataset.do];
    if (act) act();
  });
  addEventListener("hashchange", address);

  function address() {
    const [key, value] = location.hash.slice(1).split("=");
    if (key === "loop" && data.loops[value - 1]) choose({ loop: Number(value) }, true);
    else if (key === "node" && nodeOf.has(value)) choose({ node: value }, true);
    else if (key === "edge" && edgeOf.has(value)) choose({ edge: value }, true);
  }

  function fill(name, values) {
    const select = filters.elements[name];
    [...new Set(values)].filter(Boolean).sort().forEach(value => select.append(html("option", { value }, value)));
    select.parentNode.hidden = select.options.length < 3;
  }

  fill("service", data.nodes.map(node => node.service));
  fill("file", [...data.nodes.map(node => node.file), ...data.edges.map(edge => edge.file)]);
  LEVELS.forEach(level => { filters.querySelector(`[value=${level}]`).parentNode.querySelector("b").textContent = data.loops.filter(loop => loop.severity === level).length; });
  filters.elements.only.checked = data.nodes.length > CROWDED && data.loops.length > 0;
  filters.elements.only.parentNode.hidden = !data.loops.length;
  refresh(false);
  address();
})();
