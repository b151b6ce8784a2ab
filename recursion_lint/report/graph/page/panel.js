/* The panels beside the picture: the list of loops, and what is known about the chosen thing. */

function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  Object.entries(attributes).forEach(([key, value]) => {
    if (key === "click") element.addEventListener("click", value);
    else if (value !== null && value !== undefined) element.setAttribute(key, value);
  });
  element.append(...children);
  return element;
}

function Panel(element, data, choose) {
  const nodeOf = new Map(data.nodes.map(node => [node.id, node]));
  const edgeOf = new Map(data.edges.map(edge => [edge.id, edge]));
  const name = id => nodeOf.get(id).label;

  function top(title) {
    return html("div", { class: "top" }, html("h2", {}, title),
      html("button", { class: "close", type: "button", "aria-label": "Close details", click: () => choose(null) }, "×"));
  }

  function chips(words, tone) {
    return html("ul", { class: "chips" }, ...words.filter(Boolean).map((word, at) => html("li", { class: tone && !at ? `tone ${tone}` : null }, word)));
  }

  function lines(at) {
    return html("pre", { tabindex: "0", "aria-label": "Template lines" }, ...data.snippets[at].map(([number, text, begin, end]) => {
      const code = begin < 0 ? [text] : [text.slice(0, begin), html("mark", {}, text.slice(begin, end)), text.slice(end)];
      return html("span", { class: begin < 0 ? "row" : "row marked" }, html("span", { class: "no" }, String(number)), ...code);
    }));
  }

  function hop(edge, number, click) {
    const title = `${name(edge.from)} → ${name(edge.to)}`;
    const head = number ? [html("span", { class: "number" }, String(number)), html("strong", {}, title)] : [html("strong", {}, title)];
    const seen = edge.snippet !== null && data.snippets[edge.snippet].length > 0;
    const via = edge.via.length ? ` via ${edge.via.join(", ")}` : "";
    return html("article", { class: "hop-card", "data-edge": edge.id },
      html("button", { type: "button", click }, ...head, html("span", { class: "reason" }, edge.reason)),
      html("div", { class: "place" }, html("span", {}, edge.file ? `${edge.file}:${edge.line}` : "outside the templates"), html("span", {}, `${edge.kind}${via} · ${edge.evidence}`)),
      ...(seen ? [lines(edge.snippet)] : []));
  }

  function links(title, edges, end) {
    if (!edges.length) return [];
    const rows = edges.map(edge => html("li", {}, html("button", { type: "button", click: () => choose({ edge: edge.id }) },
      name(edge[end]), " ", html("small", {}, `${edge.kind} · ${edge.evidence}`))));
    return [html("h3", {}, title), html("ul", { class: "links" }, ...rows)];
  }

  function loopButtons(numbers) {
    if (!numbers.length) return [];
    const rows = numbers.map(number => data.loops[number - 1]).map(loop => html("li", { class: loop.severity },
      html("button", { type: "button", click: () => choose({ loop: loop.number }) }, `${loop.number}. ${loop.message} `, html("small", {}, loop.rule))));
    return [html("h3", {}, numbers.length > 1 ? "Loops through it" : "Loop through it"), html("ul", { class: "links" }, ...rows)];
  }

  function open(tone, ...children) {
    element.className = tone || "";
    element.replaceChildren(...children);
    element.hidden = false;
    element.scrollTop = 0;
  }

  return {
    loop(loop, pick) {
      const said = loop.said.flatMap(([key, text]) => [html("dt", {}, key), html("dd", {}, text)]);
      open(loop.severity, top(loop.message), chips([loop.severity, `${loop.rule} ${loop.code}`, `confidence: ${loop.confidence}`], loop.severity),
        html("dl", { class: "said" }, ...said), html("h3", {}, loop.edges.length > 1 ? `${loop.edges.length} hops` : "1 hop"),
        ...loop.edges.map((id, at) => hop(edgeOf.get(id), at + 1, () => pick(id))));
    },
    edges(ids) {
      const edges = ids.map(id => edgeOf.get(id)), loops = [...new Set(edges.flatMap(edge => edge.loops))].sort((a, b) => a - b);
      open(loops.length ? data.loops[loops[0] - 1].severity : "", top(`${name(edges[0].from)} → ${name(edges[0].to)}`),
        ...edges.map(edge => hop(edge, 0, () => choose({ node: edge.from }))), ...loopButtons(loops));
    },
    node(id) {
      const node = nodeOf.get(id), level = node.loops.length ? data.loops[node.loops[0] - 1].severity : "";
      open(level, top(node.label), chips([node.kind, node.file ? `${node.file}:${node.line}` : "outside the templates"]),
        ...links("Goes to", data.edges.filter(edge => edge.from === id), "to"),
        ...links("Comes from", data.edges.filter(edge => edge.to === id), "from"), ...loopButtons(node.loops));
    },
    /* Scrolls to a hop of the loop that is shown; says whether there is one. */
    flash(id) {
      const card = element.querySelector(`[data-edge="${id}"]`);
      element.querySelectorAll(".flash").forEach(other => other.classList.remove("flash"));
      if (!card) return false;
      card.classList.add("flash");
      card.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
      return true;
    },
    close() { element.hidden = true; element.replaceChildren(); },
  };
}
