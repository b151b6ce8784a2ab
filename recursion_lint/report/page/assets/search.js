/* Finding resources and findings by words: a name comes before a kind, a kind before a path. */

function Search(input, hits, facts, acts) {
  const MOST = 30, leave = () => { hits.hidden = true; input.value = ""; };

  /* How well a word fits, 0 best, Infinity not at all. */
  function fit(word, node) {
    const name = node.label.toLowerCase(), at = name.indexOf(word);
    if (at >= 0) return name === word ? 0 : at === 0 ? 1 : /[^a-z0-9]/.test(name[at - 1]) || /[A-Z0-9]/.test(node.label[at]) ? 2 : 3;
    if (node.kind.toLowerCase().includes(word)) return 20;
    return node.file.toLowerCase().includes(word) ? 40 : Infinity;
  }

  function find() {
    const words = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    hits.hidden = !words.length;
    if (!words.length) return;
    const rank = node => words.reduce((sum, word) => sum + fit(word, node), 0);
    const nodes = facts.nodes.map((node, at) => ({ node, at, rank: rank(node) })).filter(one => one.rank < Infinity)
      .sort((one, other) => one.rank - other.rank || one.node.label.length - other.node.label.length || one.at - other.at);
    const findings = facts.findings.filter(finding => words.every(word => `${finding.message} ${finding.rule} ${finding.code}`.toLowerCase().includes(word)));
    const rows = nodes.slice(0, MOST).map(({ node }) => row(() => { leave(); acts.take(node.id); }, node.label, `${node.kind}${node.file ? ` · ${tail(`${node.file}:${node.line}`, 46)}` : ""}`));
    const named = rows.length && nodes[0].rank < 20 ? 5 : MOST;
    rows.push(...findings.slice(0, named).map(finding => row(() => { leave(); acts.finding(finding.number); }, finding.message, `${finding.severity} · ${finding.rule} · ${tail(finding.place, 46)}`)));
    const more = nodes.length + findings.length - rows.length;
    if (more > 0 || !rows.length) rows.push(html("li", {}, html("p", {}, rows.length ? `and ${more} more` : "Nothing by that name.")));
    hits.replaceChildren(...rows);
  }

  function row(click, title, small) {
    return html("li", {}, html("button", { type: "button", click }, title, html("small", {}, small)));
  }

  input.addEventListener("input", find);
  input.addEventListener("keydown", event => {
    const first = hits.hidden ? null : hits.querySelector("button");
    if (first && event.key === "Enter") first.click();
    if (first && event.key === "ArrowDown") { event.preventDefault(); first.focus(); }
  });
  hits.addEventListener("keydown", event => {
    const own = event.target.closest("li"), to = event.key === "ArrowDown" ? own.nextElementSibling : event.key === "ArrowUp" ? own.previousElementSibling : own;
    if (to === own) return;
    event.preventDefault();
    ((to && to.querySelector("button")) || input).focus();
  });
  addEventListener("pointerdown", event => { if (!event.target.closest(".find")) hits.hidden = true; });
  return { leave, isOpen: () => !hits.hidden };
}
