/* What a person does: choosing, filtering, the keyboard, the address. */

(() => {
  const at = id => document.getElementById(id);
  const facts = Facts(JSON.parse(at("data").textContent));
  const canvas = at("canvas"), input = at("search");
  const acts = {
    nothing: () => choose(null), finding: number => choose({ finding: number }), node: id => choose({ node: id }),
    edges: ids => choose({ edges: ids }), link, grow, take,
  };
  const view = Picture(canvas, acts), gestures = Gestures(canvas, view, acts), panel = Panel(at("panel"), facts, acts), list = List(at("findings"), acts);
  const search = Search(input, at("hits"), facts, acts), drawn = Drawn(facts), filters = Filters(at("filters"), facts, refilter);
  let chosen = null, left = filters.left();
  Print(at("paper"), facts, () => left.findings);

  /* Parallel edges become one wire; its words and its look are those of its worst loop and best evidence. */
  function bundled(edges, numbers) {
    const links = new Map(), strength = ["declared", "defined", "coded", "granted", "assumed", "broad"];
    edges.forEach(edge => {
      const key = `${edge.from} ${edge.to}`;
      if (!links.has(key)) links.set(key, { from: edge.from, to: edge.to, edges: [] });
      links.get(key).edges.push(edge);
    });
    links.forEach(one => {
      const kinds = [...new Set(one.edges.map(edge => edge.kind))].join(", ");
      one.evidence = strength.find(name => one.edges.some(edge => edge.evidence === name));
      one.words = shortened(one.edges.length > 1 ? `${kinds} ×${one.edges.length}` : kinds, 30);
      one.mutual = links.has(`${one.to} ${one.from}`);
      one.level = facts.worst(one.edges.flatMap(edge => edge.findings).filter(number => numbers.has(number)));
    });
    return [...links.values()];
  }

  function refilter() {
    left = filters.left();
    drawn.reset();
    const none = facts.findings.length ? "Nothing fits the filters." : facts.report && (facts.report.problems.length || facts.report.summary.startsWith("Nothing")) ? facts.report.summary : "No loops found.";
    list.show(left.findings, none);
    if (chosen && chosen.finding && !left.findings.some(finding => finding.number === chosen.finding)) choose(null);
    redraw(true);
  }

  function redraw(slow) {
    const numbers = new Set(left.findings.map(finding => finding.number)), shown = drawn.pick(left);
    shown.nodes.forEach(node => { node.level = facts.worst(node.findings.filter(number => numbers.has(number))); });
    const links = bundled(shown.edges, numbers), along = new Map(links.flatMap(one => one.edges.map(edge => [edge.id, one])));
    const rings = (shown.alone ? [shown.alone] : left.findings).map(finding => finding.edges).filter(edges => edges.length && edges.every(id => along.has(id)));
    view.show(shown.nodes, links, rings.map(edges => edges.map(id => along.get(id))), shown.alone !== null);
    tell(shown, rings.length);
    if (chosen && !isDrawn(chosen)) choose(null);
    light();
    view.fit(null, slow);
  }

  /* What is drawn, and what is not. */
  function tell(shown, rings) {
    const loops = left.findings.filter(finding => finding.edges.length).length, others = left.findings.length - loops, all = facts.nodes.length;
    at("count").textContent = [counted(loops, "loop"), others ? counted(others, "other finding") : "", `${shown.nodes.length < all ? `${shown.nodes.length.toLocaleString("en")} of ` : ""}${counted(all, "resource")} drawn`].filter(Boolean).join(" · ");
    const missing = shown.all - shown.nodes.length, without = loops - rings;
    at("missing").hidden = !missing;
    at("missing-words").textContent = shown.around || shown.alone ? `Only ${shown.alone ? "this loop" : "what is next to it"} is drawn`
      : `Not drawn yet: ${without ? `${counted(without, "loop")}, ` : ""}${counted(missing, "resource")}`;
    at("more").textContent = shown.around || shown.alone ? "Draw all" : "Draw more";
    at("empty").hidden = shown.nodes.length > 0;
    at("empty").textContent = all ? "The filters leave nothing to draw." : "No resource here triggers or writes to another.";
  }

  function more() {
    if (drawn.centre || drawn.alone) {
      drawn.reset();
      if (chosen && !drawn.pick(left).nodes.some(node => nodesOf(chosen).includes(node.id))) choose(null);
    } else drawn.more();
    redraw(false);
  }

  /* Opens a finding, a resource, edges, or what is told of the run; null closes. */
  function choose(what, quiet) {
    const wasOpen = !at("panel").hidden;
    chosen = what;
    if (!what) panel.close();
    if (what) at("panel").hidden = false;  // its width counts when it is asked what is readable
    const redrawn = what !== null && show(what);
    const hash = !what ? "" : what.finding ? `#finding=${what.finding}` : what.node ? `#node=${what.node}` : what.edges ? `#edge=${what.edges[0]}` : "#about";
    if (!quiet) try { history.replaceState(null, "", hash || location.href.split("#")[0]); } catch { /* a page without an address */ }
    if (what) {
      if (what.node) panel.node(what.node, view.nodes.has(what.node) ? view.nodes.get(what.node).hidden : 0);
      else if (what.edges) panel.edges(what.edges);
      else if (what.finding) panel.finding(facts.finding(what.finding), pick);
      else panel.about();
    }
    list.choose(what && what.finding ? what.finding : null);
    light();
    if (!what) return;
    if (what.finding) view.fit(facts.finding(what.finding).nodes, !redrawn && (wasOpen || !quiet));
    else if (redrawn && drawn.centre) view.fit(null, false);
    else if (what.node) view.reveal(what.node);
    else if (what.edges && (!wasOpen || !view.nodes.has(facts.edgeOf.get(what.edges[0]).from))) view.reveal(facts.edgeOf.get(what.edges[0]).from);
  }

  function nodesOf(what) {
    return what.finding ? facts.finding(what.finding).nodes : what.node ? [what.node] : what.edges ? what.edges.flatMap(id => [facts.edgeOf.get(id).from, facts.edgeOf.get(id).to]) : [];
  }

  function isDrawn(what) {
    return nodesOf(what).every(id => view.nodes.has(id));
  }

  /* What is opened from a list or the address may be hidden: filters give way, and it is drawn with what is near. Says
     whether anything was drawn anew. */
  function show(what) {
    const asked = new Set(what.finding ? facts.finding(what.finding).edges : what.edges || []);
    const filtered = what.finding ? !left.findings.some(finding => finding.number === what.finding)
      : what.edges ? [...asked].some(id => !left.edges.some(edge => edge.id === id)) : what.node ? !left.edges.some(edge => edge.from === what.node || edge.to === what.node) : false;
    if (filtered) {
      filters.showAll();
      left = filters.left();
      list.show(left.findings, "");
    }
    if (what.finding) return facts.finding(what.finding).edges.length > 0 && readable(facts.finding(what.finding), filtered);
    if (!filtered && isDrawn(what)) return false;
    drawn.reset();
    const few = new Set(drawn.pick(left).nodes.map(node => node.id));
    if (!nodesOf(what).every(id => few.has(id))) drawn.centre = nodesOf(what);
    redraw(false);
    return true;
  }

  /* A loop that would be too small to read among the others is drawn by itself. */
  function readable(finding, filtered) {
    const SMALL = 0.6, fits = () => finding.nodes.every(id => view.nodes.has(id)) && view.scaleOf(finding.nodes) >= SMALL;
    const other = drawn.alone !== null && drawn.alone !== finding;
    if (!filtered && !other && (drawn.alone === finding || fits())) return false;
    drawn.reset();
    if (other || filtered) redraw(false);
    if (fits()) return true;
    drawn.alone = finding;
    redraw(false);
    return true;
  }

  /* A wire is a hop of the loop that is open, or is opened itself. */
  function link(one) {
    const ids = one.edges.map(edge => edge.id), own = chosen && chosen.finding ? ids.find(id => facts.finding(chosen.finding).edges.includes(id)) : null;
    if (own) pick(own); else choose({ edges: ids });
  }

  function pick(id) {
    const edge = facts.edgeOf.get(id);
    panel.flash(id);
    view.links.forEach(one => one.element.classList.toggle("chosen", one.edges.includes(edge)));
    view.reveal(edge.to);
    view.reveal(edge.from);
  }

  function grow(id) {
    drawn.add(id);
    redraw(false);
    choose({ node: id });
  }

  function take(id) {
    choose({ node: id });
    canvas.focus();
    gestures.mark(id);
  }

  function light() {
    const finding = chosen && chosen.finding ? facts.finding(chosen.finding) : null;
    const edges = new Set(finding ? finding.edges : chosen && chosen.edges ? chosen.edges : []), nodes = new Set(finding ? finding.nodes : []);
    if (chosen && chosen.node) {
      nodes.add(chosen.node);
      [...facts.from(chosen.node), ...facts.to(chosen.node)].forEach(edge => edges.add(edge.id));
    }
    edges.forEach(id => { nodes.add(facts.edgeOf.get(id).from); nodes.add(facts.edgeOf.get(id).to); });
    view.light({ edges, nodes, finding, chosen: chosen && (chosen.node || (chosen.edges ? "edges" : null)) });
  }

  addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input[type=search], select");
    if (event.key === "Escape") {
      if (typing || search.isOpen()) { search.leave(); canvas.focus(); } else choose(null);
    } else if (!typing) {
      const next = by => () => { const number = list.next(by); if (number) choose({ finding: number }); };
      const act = { "/": () => input.focus(), "+": () => view.zoom(1.3), "=": () => view.zoom(1.3), "-": () => view.zoom(1 / 1.3), 0: () => view.fit(), n: next(1), p: next(-1) }[event.key];
      if (act) { event.preventDefault(); act(); }
    }
  });
  document.querySelector(".tools").addEventListener("click", event => {
    const act = { in: () => view.zoom(1.3), out: () => view.zoom(1 / 1.3), fit: () => view.fit() }[event.target.dataset.do];
    if (act) act();
  });
  at("more").addEventListener("click", more);
  addEventListener("hashchange", address);

  function address() {
    const [key, value] = location.hash.slice(1).split("=");
    if (key === "finding" && facts.findings[value - 1]) choose({ finding: Number(value) }, true);
    else if (key === "node" && facts.nodeOf.has(value)) choose({ node: value }, true);
    else if (key === "edge" && facts.edgeOf.has(value)) choose({ edges: [value] }, true);
    else if (key === "about" && facts.report) choose({ run: true }, true);
  }

  const run = facts.report;
  if (run) {
    const words = [[run.problems, "file not read", "files not read"], [run.warnings, "warning", "warnings"], [run.suppressed, "suppressed", "suppressed"], [run.notes, "note", "notes"]]
      .filter(([rows]) => rows.length).map(([rows, one, many]) => `${rows.length} ${rows.length === 1 ? one : many}`);
    at("run").hidden = false;
    at("run").textContent = words.join(" · ") || "The run";
    at("run").classList.toggle("unread", run.problems.length + run.warnings.length > 0);
    at("run").addEventListener("click", () => choose({ run: true }));
  }
  refilter();
  address();
  // Whoever opens a report wants to see what is worst; a graph is looked at as a whole.
  if (run && facts.findings.length && !chosen) choose({ finding: 1 }, true);
  performance.mark("interactive");
})();
