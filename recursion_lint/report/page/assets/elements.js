"use strict";
/* Elements of the page. What a template wrote only ever becomes text nodes and values of attributes. */

const SVG = "http://www.w3.org/2000/svg";
const LEVELS = ["error", "warning", "info"];
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

function html(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/* An attribute that is null or false is left out; "click" is what happens then. */
function filled(element, attributes, children) {
  Object.entries(attributes).forEach(([key, value]) => {
    if (key === "click") element.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  });
  element.append(...children);
  return element;
}

function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function circled(number) {
  return number <= 20 ? String.fromCharCode(0x2460 + number - 1) : `(${number})`;
}

/* Of a path as many last parts as there is room for: they tell files apart. */
function tail(path, most) {
  if (path.length <= most) return path;
  const end = path.slice(-most + 1), cut = end.indexOf("/");
  return `…${cut >= 0 && cut < most / 3 ? end.slice(cut) : end}`;
}

/* Long names lose their middle: both ends tell resources apart. */
function shortened(text, most) {
  return text.length <= most ? text : `${text.slice(0, Math.ceil(most * 0.6))}…${text.slice(text.length - Math.floor(most * 0.4) + 1)}`;
}
