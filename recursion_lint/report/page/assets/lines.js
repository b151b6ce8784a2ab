/* Source lines and diffs. */

function sourceLines(facts, at, label) {
  return html("pre", { tabindex: "0", "aria-label": label }, ...facts.snippets[at].map(([number, text, begin, end]) => {
    const code = begin < 0 ? [text] : [text.slice(0, begin), html("mark", {}, text.slice(begin, end)), text.slice(end)];
    return html("span", { class: begin < 0 ? "row" : "row marked" }, html("span", { class: "no" }, String(number)), ...code);
  }));
}

function isSeen(facts, at) {
  return at !== null && facts.snippets[at].length > 0;
}

function diffLines(lines) {
  const kinds = { "+": "plus", "-": "minus", "@": "hunk" };
  return html("pre", { class: "diff", tabindex: "0", "aria-label": "Change to the template" }, ...lines.map(line =>
    html("span", { class: `row ${line.startsWith("+++") || line.startsWith("---") ? "file" : kinds[line[0]] || ""}` }, line || " ")));
}

function terms(said) {
  return html("dl", { class: "said" }, ...said.flatMap(([key, text]) => [html("dt", {}, key), html("dd", {}, text)]));
}
