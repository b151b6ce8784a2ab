/* Hands on the picture: drag, pinch, wheel, and the arrow keys from card to card. */

function Gestures(canvas, view, acts) {
  const pointers = new Map();
  let travelled = 0, current = null;
  const spread = () => { const [p, q] = [...pointers.values()]; return Math.hypot(p.clientX - q.clientX, p.clientY - q.clientY); };
  canvas.addEventListener("pointerdown", event => {
    pointers.set(event.pointerId, event);
    travelled = pointers.size > 1 ? 99 : 0;
    view.moved = false;
  });
  canvas.addEventListener("pointermove", event => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const before = pointers.size === 2 ? spread() : 0;
    pointers.set(event.pointerId, event);
    const dx = (event.clientX - last.clientX) / pointers.size, dy = (event.clientY - last.clientY) / pointers.size;
    travelled += Math.abs(dx) + Math.abs(dy);
    if (travelled < 5) return;
    // Captured only now: a captured pointer would take the click from the card below it.
    if (!view.moved) { view.moved = true; canvas.setPointerCapture(event.pointerId); canvas.classList.add("dragging"); }
    view.move(view.x + dx, view.y + dy, view.scale, false);
    if (before) view.zoom(spread() / before, event.clientX, event.clientY, false);
  });
  ["pointerup", "pointercancel"].forEach(name => addEventListener(name, event => {
    pointers.delete(event.pointerId);
    canvas.classList.remove("dragging");
  }));
  canvas.addEventListener("click", event => { if (!view.moved && event.target.parentNode === canvas) acts.nothing(); });
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    view.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.clientX, event.clientY, false);
  }, { passive: false });

  function mark(id) {
    const before = view.nodes.get(current), node = view.nodes.get(id);
    if (before) before.element.classList.remove("current");
    current = id;
    if (!node) return;
    node.element.classList.add("current");
    canvas.setAttribute("aria-activedescendant", id);
    view.reveal(id);
  }

  /* The nearest card in a direction; distance across counts double. */
  function step(dx, dy) {
    const from = view.nodes.get(current), nodes = [...view.nodes.values()];
    if (!from) { if (nodes.length) mark(nodes[0].id); return; }
    const cost = node => {
      const along = (node.x - from.x) * dx + (node.y - from.y) * dy, across = Math.abs((node.x - from.x) * dy) + Math.abs((node.y - from.y) * dx);
      return along > 1 ? along + 2 * across : Infinity;
    };
    const best = nodes.reduce((one, other) => cost(other) < cost(one) ? other : one, from);
    if (best !== from && cost(best) < Infinity) mark(best.id);
  }

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", event => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      event.preventDefault();
      if (event.shiftKey) view.move(view.x - arrow[0] * 90, view.y - arrow[1] * 90, view.scale);
      else step(...arrow);
    } else if (event.key === "Enter" && view.nodes.has(current)) acts.node(current);
    else if (event.key === "m" && view.nodes.has(current)) acts.grow(current);
  });
  return { mark };
}
