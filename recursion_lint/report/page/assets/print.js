/* On paper: the findings that the filters leave, one after the other, each loop drawn beside its lines. */

function Print(element, facts, left) {
  const MOST = 200;

  function build() {
    const findings = left(), shown = findings.slice(0, MOST);
    const omitted = findings.length > shown.length ? [html("p", {}, `Only the first ${MOST} of ${findings.length} findings; the filters of the page choose others.`)] : [];
    const run = facts.report ? [html("p", {}, facts.report.summary), ...facts.report.problems.map(([place, text]) => html("p", {}, `Not read: ${place}: ${text}`))] : [];
    element.replaceChildren(html("h1", {}, "recursion-lint"), ...run, ...omitted, ...shown.map(finding => html("section", { class: finding.severity },
      html("h2", {}, finding.message),
      ...findingParts(facts, finding, { chips, pick: null, open: at => at === 0, click: () => null, beside: finding.loop ? [rail(finding)] : [] }))));
    element.querySelectorAll(".handler").forEach(details => { details.open = true; });
  }

  function chips(words) {
    return html("p", { class: "facts" }, words.filter(Boolean).join(" · "));
  }

  /* The loop from top to bottom, and back to the top on the left. */
  function rail(finding) {
    const W = 170, H = 30, STEP = 62, X = 34, last = finding.hops.length - 1, parts = [];
    const stops = [facts.ends(finding.hops[0])[0], ...finding.hops.slice(0, last).map(hop => facts.ends(hop)[1])];
    const height = stops.length * STEP - STEP + H + (last ? 4 : 26);
    stops.forEach((stop, at) => {
      const y = at * STEP + 1;
      parts.push(svg("rect", { x: X, y, width: W, height: H, rx: 6 }), svg("text", { x: X + W / 2, y: y + H / 2 + 4 }, shortened(stop, 24)));
      if (at) parts.push(...arrow(`M${X + W / 2} ${y - STEP + H}V${y - 2}`, X + W / 2, y - (STEP - H) / 2, at));
    });
    const end = (stops.length - 1) * STEP + 1 + H / 2;
    const back = last ? `M${X} ${end}H12V${1 + H / 2}H${X - 2}` : `M${X + W / 2} ${H + 1}v14H12V${1 + H / 2}H${X - 2}`;
    parts.push(...arrow(back, 12, last ? (end + 1 + H / 2) / 2 : 32, last + 1));
    return svg("svg", { class: "rail", viewBox: `0 0 ${X + W + 4} ${height}`, width: X + W + 4, height, role: "img", "aria-label": stops.join(" → ") }, ...parts);
  }

  function arrow(d, x, y, number) {
    return [svg("path", { d, "marker-end": "url(#head-plain)" }), svg("circle", { cx: x, cy: y, r: 9 }), svg("text", { class: "number", x, y: y + 4 }, String(number))];
  }

  addEventListener("beforeprint", build);
  addEventListener("afterprint", () => element.replaceChildren());
}
