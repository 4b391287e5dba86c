// The one type for stanzas and their parts, and the one way to write them, so that nothing XML forbids can ever leave.
import { Element } from 'ltx';

export { Element };

/** What may stand inside an element; `undefined`, `null` and `false` are left out, so children can be conditional. */
export type Child = Element | string | undefined | null | false;

/** Attributes; `undefined` ones are left out. */
export type Attributes = Readonly<Record<string, string | undefined>>;

/** Builds an element: `x('message', { to }, x('body', {}, text))`. */
export function x(name: string, attrs: Attributes = {}, ...children: readonly Child[]): Element {
  const element = new Element(name);
  for (const key in attrs) {
    const value = attrs[key];
    if (value !== undefined) element.attrs[key] = value;
  }
  for (const child of children) {
    if (child) element.append(child);
  }
  return element;
}

/** The same stanza, addressed to somebody. Its children are shared. */
export function addressed(stanza: Element, to: string): Element {
  const copy = new Element(stanza.name, { ...stanza.attrs, to });
  copy.children = stanza.children;
  return copy;
}

// Everything outside the Char production of XML 1.0, which a server answers by closing the whole stream. With the u
// flag the range D800-DFFF matches lone surrogates only.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu;
const FORBIDDEN_UNIT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** The text with every character that XML 1.0 forbids (lone surrogates too) replaced by U+FFFD. */
export function stripXml(text: string): string {
  // Two native scans that allocate nothing: nearly all text passes here.
  return FORBIDDEN_UNIT.test(text) || !text.isWellFormed() ? text.replace(FORBIDDEN, '\ufffd') : text;
}

const TEXT_SPECIAL = /[&<>\r]/;
const ATTRIBUTE_SPECIAL = /[&<>"'\t\n\r]/;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A parser turns these into spaces or line feeds unless they are written as references.
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

function escapeText(text: string): string {
  const clean = stripXml(text);
  return TEXT_SPECIAL.test(clean) ? clean.replace(/[&<>\r]/g, (found) => ESCAPES[found] ?? found) : clean;
}

function escapeAttribute(value: string): string {
  const clean = stripXml(value);
  return ATTRIBUTE_SPECIAL.test(clean) ? clean.replace(/[&<>"'\t\n\r]/g, (found) => ESCAPES[found] ?? found) : clean;
}

/** The element as XML text, every text and attribute escaped and stripped of what XML 1.0 forbids. */
export function serialize(element: Element): string {
  let xml = '<' + element.name;
  const { attrs, children } = element;
  for (const key in attrs) {
    const value = attrs[key];
    if (value !== undefined && value !== null) xml += ` ${key}="${escapeAttribute(value)}"`;
  }
  if (children.length === 0) return xml + '/>';
  xml += '>';
  for (const child of children) xml += typeof child === 'string' ? escapeText(child) : serialize(child);
  return `${xml}</${element.name}>`;
}
