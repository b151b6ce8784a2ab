/* The ways out of a loop, the best first, each with its change. */

function remedies(finding, open, pick) {
  if (!finding.remedies.length) return [];
  return [html("h3", {}, finding.remedies.length > 1 ? "Ways out" : "Way out"), ...finding.remedies.map((remedy, at) => one(remedy, open(at)))];

  function one(remedy, unfolded) {
    const hop = remedy.breaks === null ? null : finding.hops[remedy.breaks - 1];
    const breaks = remedy.breaks === null ? html("span", {}, "safety net")
      : pick && hop && hop.edge ? html("button", { type: "button", click: () => pick(hop.edge) }, `breaks ${circled(remedy.breaks)}`)
        : html("span", {}, `breaks ${circled(remedy.breaks)}`);
    return html("details", { class: "remedy", open: unfolded ? "" : null }, html("summary", {}, remedy.title),
      html("p", { class: "facts" }, breaks, html("span", {}, remedy.applied)),
      ...(remedy.cost ? [html("p", {}, html("b", {}, "Cost: "), remedy.cost)] : []),
      ...steps(remedy.steps), ...(remedy.diff.length ? [diffLines(remedy.diff)] : []));
  }

  /* A paragraph of one line is a sentence; what has several is an example to copy. */
  function steps(lines) {
    return lines.join("\n").split("\n\n").filter(Boolean).map(text => text.includes("\n")
      ? html("pre", { class: "steps", tabindex: "0", "aria-label": "Example" }, text) : html("p", {}, text));
  }
}
