/* What the page knows: the data with its indexes. */

function Facts(data) {
  const nodeOf = new Map(data.nodes.map(node => [node.id, node]));
  const edgeOf = new Map(data.edges.map(edge => [edge.id, edge]));
  const out = new Map(), into = new Map();
  const add = (map, key, edge) => { if (map.has(key)) map.get(key).push(edge); else map.set(key, [edge]); };
  data.edges.forEach(edge => { add(out, edge.from, edge); add(into, edge.to, edge); });
  data.findings.forEach(finding => {
    finding.edges = finding.hops.filter(hop => hop.edge).map(hop => hop.edge);
    finding.nodes = [...new Set(finding.edges.flatMap(id => [edgeOf.get(id).from, edgeOf.get(id).to]))];
    finding.services = new Set(finding.nodes.map(id => nodeOf.get(id).service));
  });
  const name = id => {
    const node = nodeOf.get(id);
    return node.apart ? `${node.label} (${node.apart})` : node.label;
  };
  /* The two names of a hop; with its file only what is declared elsewhere than the hop, or has the other's name. */
  const ends = hop => {
    if (!hop.edge) return [hop.from, hop.to];
    const edge = edgeOf.get(hop.edge), [from, to] = [nodeOf.get(edge.from), nodeOf.get(edge.to)];
    return [from, to].map(node => node.file === edge.file && (from === to || from.label !== to.label) ? node.label : name(node.id));
  };
  return {
    ...data, nodeOf, edgeOf, name,
    finding: number => data.findings[number - 1],
    from: id => out.get(id) || [],
    to: id => into.get(id) || [],
    ends, title: hop => ends(hop).join(" → "),
    worst: numbers => LEVELS.find(level => numbers.some(number => data.findings[number - 1].severity === level)) || null,
  };
}
