/* The form with the filters, and what it leaves. */

function Filters(form, facts, changed) {
  const CROWDED = 150;

  function fill(name, values, words) {
    const select = form.elements[name];
    [...new Set(values)].filter(Boolean).sort().forEach(value => select.append(html("option", { value }, words ? words(value) : value)));
    select.parentNode.hidden = select.options.length < 3;
  }

  /* Every folder above a file, and the file itself; folders end with a slash. */
  function places(file) {
    const parts = file.split("/");
    return parts.map((_, at) => parts.slice(0, at + 1).join("/") + (at < parts.length - 1 ? "/" : "")).filter(place => place !== "/");
  }

  const files = new Set([...facts.findings, ...facts.nodes, ...facts.edges].map(one => one.file).filter(Boolean));
  fill("service", facts.nodes.map(node => node.service));
  fill("rule", facts.findings.map(finding => finding.rule));
  fill("place", [...files].flatMap(places));
  LEVELS.forEach(level => {
    const count = facts.findings.filter(finding => finding.severity === level).length;
    form.querySelector(`[value=${level}]`).parentNode.querySelector("b").textContent = count.toLocaleString("en");
  });
  const crowded = facts.nodes.length > CROWDED && facts.findings.some(finding => finding.edges.length);
  form.elements.only.parentNode.hidden = !facts.findings.length;

  function reset() {
    form.reset();
    form.elements.only.checked = crowded;
  }
  reset();
  form.addEventListener("change", changed);
  form.addEventListener("submit", event => event.preventDefault());

  return {
    reset,
    showAll() { form.reset(); form.elements.only.checked = false; },
    /* The findings that are left, the edges on their loops, and those of the rest that fit. A loop stays whole. */
    left() {
      const asked = new FormData(form), levels = new Set(asked.getAll("severity"));
      const service = asked.get("service"), place = asked.get("place"), rule = asked.get("rule"), only = asked.has("only");
      const within = file => !place || (place.endsWith("/") ? file.startsWith(place) : file === place);
      const findings = facts.findings.filter(finding => levels.has(finding.severity) && (!rule || finding.rule === rule)
        && (!service || finding.services.has(service))
        && (within(finding.file) || finding.nodes.some(id => within(facts.nodeOf.get(id).file))));
      const looped = new Set(findings.flatMap(finding => finding.edges));
      const fits = edge => [facts.nodeOf.get(edge.from), facts.nodeOf.get(edge.to)].some(node => !service || node.service === service)
        && [edge.file, facts.nodeOf.get(edge.from).file, facts.nodeOf.get(edge.to).file].some(within);
      return { findings, looped, edges: facts.edges.filter(edge => looped.has(edge.id) || (!only && !rule && fits(edge))) };
    },
  };
}
