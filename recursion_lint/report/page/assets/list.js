/* The list of findings, a part at a time. */

function List(element, acts) {
  const PART = 100;
  let findings = [], most = PART, chosen = null;

  function row(finding) {
    return html("li", { class: finding.severity }, html("button", { type: "button", "data-finding": finding.number, click: () => acts.finding(finding.number) },
      html("small", {}, html("b", {}, finding.severity), html("span", {}, finding.rule)), finding.message, html("code", { class: "place", title: finding.place }, tail(finding.place, 35))));
  }

  function draw() {
    const rows = findings.slice(0, most).map(row);
    if (findings.length > most) rows.push(html("li", {}, html("button", { type: "button", class: "act", click: () => { most += PART; draw(); } }, `Show ${Math.min(PART, findings.length - most)} more of ${findings.length - most}`)));
    element.replaceChildren(...rows);
    light();
  }

  function light() {
    element.querySelectorAll("[aria-current]").forEach(button => button.removeAttribute("aria-current"));
    const button = chosen && element.querySelector(`[data-finding="${chosen}"]`);
    if (!button) return;
    button.setAttribute("aria-current", "true");
    button.scrollIntoView({ block: "nearest" });
  }

  return {
    show(left, none) {
      findings = left;
      most = PART;
      if (left.length) draw(); else element.replaceChildren(html("li", {}, html("p", {}, none)));
    },
    choose(number) {
      chosen = number;
      const at = findings.findIndex(finding => finding.number === number);
      if (at >= most) { most = at + PART; draw(); } else light();
    },
    /* The finding after or before the chosen one, round and round. */
    next(by) {
      if (!findings.length) return null;
      const at = findings.findIndex(finding => finding.number === chosen);
      return findings[at < 0 ? (by > 0 ? 0 : findings.length - 1) : (at + by + findings.length) % findings.length].number;
    },
  };
}
