/* The panel: all that is known of a finding, a resource, a wire, or the run. */

function Panel(element, facts, acts) {
  function top(title) {
    return html("div", { class: "top" }, html("h2", {}, title),
      html("button", { class: "close", type: "button", "aria-label": "Close details", click: acts.nothing }, "×"));
  }

  function chips(words, tone) {
    return html("ul", { class: "chips" }, ...words.filter(Boolean).map((word, at) => html("li", { class: tone && !at ? `tone ${tone}` : null }, word)));
  }

  function links(title, edges, end) {
    if (!edges.length) return [];
    const MOST = 100, rows = edges.slice(0, MOST).map(edge => html("li", {}, html("button", { type: "button", click: () => acts.edges([edge.id]) },
      facts.name(edge[end]), " ", html("small", {}, `${edge.kind} · ${edge.evidence}`))));
    if (edges.length > MOST) rows.push(html("li", {}, html("small", {}, `and ${edges.length - MOST} more`)));
    return [html("h3", {}, title), html("ul", { class: "links" }, ...rows)];
  }

  function through(numbers) {
    if (!numbers.length) return [];
    const rows = numbers.map(facts.finding).map(finding => html("li", { class: finding.severity },
      html("button", { type: "button", click: () => acts.finding(finding.number) }, `${finding.message} `, html("small", {}, `${finding.severity} · ${finding.rule}`))));
    return [html("h3", {}, numbers.length > 1 ? "Loops through it" : "Loop through it"), html("ul", { class: "links" }, ...rows)];
  }

  function told(title, rows) {
    if (!rows.length) return [];
    return [html("h3", {}, title), html("ul", { class: "told" }, ...rows.map(row => html("li", {}, ...(row.length > 1 ? [html("code", {}, row[0]), " ", row[1]] : row))))];
  }

  function open(tone, ...children) {
    element.className = tone || "";
    element.replaceChildren(...children);
    element.hidden = false;
    element.scrollTop = 0;
  }

  return {
    finding(finding, pick) {
      open(finding.severity, top(finding.message), ...findingParts(facts, finding, { chips, pick, open: at => at === 0, click: hop => hop.edge && (() => pick(hop.edge)) }));
    },
    edges(ids) {
      const edges = ids.map(id => facts.edgeOf.get(id)), numbers = [...new Set(edges.flatMap(edge => edge.findings))].sort((a, b) => a - b);
      const cards = edges.map(edge => hopCard(facts, { ...edge, edge: edge.id, place: edge.file ? `${edge.file}:${edge.line}` : "", code: null }, 0, () => acts.node(edge.from)));
      open(facts.worst(numbers) || "", top(`${facts.name(edges[0].from)} → ${facts.name(edges[0].to)}`), ...cards, ...through(numbers));
    },
    node(id, hidden) {
      const node = facts.nodeOf.get(id);
      const grow = hidden ? [html("button", { class: "act", type: "button", click: () => acts.grow(id) }, `Draw its ${counted(hidden, "neighbour")} that ${hidden === 1 ? "is" : "are"} not drawn`)] : [];
      open(facts.worst(node.findings) || "", top(facts.name(id)), chips([node.kind, node.file ? `${node.file}:${node.line}` : "outside the templates"]), ...grow,
        ...links("Goes to", facts.from(id), "to"), ...links("Comes from", facts.to(id), "from"), ...through(node.findings));
    },
    about() {
      const run = facts.report;
      open("", top("The run"), html("p", {}, run.summary), ...told("Could not be read", run.problems), ...told("Warnings", run.warnings.map(text => [text])),
        ...told("Suppressed", run.suppressed), ...told("Not resolved", run.notes));
    },
    /* Scrolls to a hop of the loop that is shown. */
    flash(id) {
      element.querySelectorAll(".flash").forEach(other => other.classList.remove("flash"));
      const card = [...element.querySelectorAll("[data-edge]")].find(one => one.dataset.edge === id);
      if (!card) return;
      card.classList.add("flash");
      card.querySelectorAll("details").forEach(details => { details.open = true; });
      card.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
    },
    close() { element.hidden = true; element.replaceChildren(); },
  };
}

/* All of a finding below its headline, for the panel and for paper. */
function findingParts(facts, finding, { chips, pick, open, click, beside = [] }) {
  const seen = !finding.hops.length && isSeen(facts, finding.snippet);
  return [
    chips([finding.severity, `${finding.rule} ${finding.code}`, `confidence: ${finding.confidence}`, finding.place], finding.severity),
    ...(finding.where ? [html("p", { class: "where" }, finding.where)] : []),
    ...(seen ? [html("article", { class: "hop-card" }, sourceLines(facts, finding.snippet, "Template lines"))] : []),
    terms(finding.said),
    ...remedies(finding, open, pick),
    ...(finding.hops.length ? [html("h3", {}, counted(finding.hops.length, "hop"))] : []),
    ...beside,
    ...finding.hops.map((hop, at) => hopCard(facts, hop, at + 1, click(hop))),
  ];
}

/* One hop: what goes where, why, the template's lines and those of the handler. */
function hopCard(facts, hop, number, click) {
  const via = hop.via && hop.via.length ? ` via ${hop.via.join(", ")}` : "";
  const head = [...(number ? [html("span", { class: "number" }, String(number))] : []), html("strong", {}, facts.title(hop)), html("span", { class: "reason" }, hop.reason)];
  return html("article", { class: "hop-card", "data-edge": hop.edge },
    click ? html("button", { type: "button", click }, ...head) : html("div", { class: "head" }, ...head),
    html("div", { class: "place" }, html("span", {}, hop.place || "outside the templates"), html("span", {}, `${hop.kind}${via} · ${hop.evidence}`)),
    ...(isSeen(facts, hop.snippet) ? [sourceLines(facts, hop.snippet, "Template lines")] : []),
    ...(hop.code ? [handler(facts, hop)] : []));
}

/* What the handler's code says; folded, but where it shows the call. */
function handler(facts, { code, from }) {
  const open = isSeen(facts, code.snippet) && ["writes-back", "conditional", "on-error"].includes(code.verdict);
  return html("details", { class: "handler", open: open ? "" : null },
    html("summary", {}, html("b", {}, "Code: "), `${from} ${code.words}`, ...(code.place ? [" ", html("code", {}, code.place)] : [])),
    ...(code.said.length ? [terms(code.said)] : []),
    ...(isSeen(facts, code.snippet) ? [sourceLines(facts, code.snippet, "Lines of the handler")] : []));
}
