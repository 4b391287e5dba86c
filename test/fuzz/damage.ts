// Random damage to a stanza that a grammar made. Nothing is changed in place.
import fc from 'fast-check';
import { x, type Child, type Element } from '../../src/xmpp/stanza.ts';

/** Strings that break what does not expect them. */
export const oddText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '*',
    '__proto__',
    'constructor',
    'toString',
    '-1',
    '0',
    '99999999999999999999',
    'NaN',
    'error',
  ),
  fc.constantFrom(
    '\u0000',
    '\ud800',
    '\ufffe',
    '\u202e',
    '👩‍👩‍👧',
    'é'.repeat(300),
    '>'.repeat(200),
    '*_~`'.repeat(40),
    'a@b/c',
  ),
  fc.string({ maxLength: 12, unit: 'binary' }),
);

/** One change at the place that `at` comes to. */
interface Wound {
  readonly at: number;
  readonly kind: (typeof wounds)[number];
  readonly name: string;
  readonly value: string;
}
const wounds = [
  ...(['drop', 'double', 'rename', 'set', 'unset', 'text', 'bury', 'reverse', 'graft', 'empty', 'swell'] as const),
];
const attributes = [
  'xmlns',
  'id',
  'type',
  'node',
  'sessionid',
  'action',
  'var',
  'for',
  'start',
  'end',
  'xml:lang',
  'to',
];
const names = ['x', 'query', 'command', 'body', 'error', 'field', 'value', 'item', 'remove', 'retract', 'encrypted'];
const wound: fc.Arbitrary<Wound> = fc.record({
  at: fc.nat(30),
  kind: fc.constantFrom(...wounds),
  name: fc.oneof(fc.constantFrom(...attributes), fc.constantFrom(...names)),
  value: oddText,
});

/** Most stanzas whole, the others with one to three wounds. */
export function damagedStanza(whole: fc.Arbitrary<Element>): fc.Arbitrary<Element> {
  const hurt = fc.tuple(whole, fc.array(wound, { minLength: 1, maxLength: 3 }));
  return fc.oneof(
    { weight: 3, arbitrary: whole },
    { weight: 2, arbitrary: hurt.map(([stanza, all]) => all.reduce(inflict, stanza)) },
  );
}

function inflict(root: Element, wounded: Wound): Element {
  const at = wounded.at % size(root);
  let seen = -1;
  const walk = (element: Element): readonly Child[] => {
    seen += 1;
    if (seen === at) return at === 0 ? [woundedRoot(element, wounded)] : hit(element, wounded);
    return [x(element.name, element.attrs, ...element.children.flatMap((child) => visit(child)))];
  };
  const visit = (child: Child): readonly Child[] => (typeof child === 'object' && child ? walk(child) : [child]);
  const [result] = walk(root);
  return typeof result === 'object' && result ? result : root;
}

const size = (element: Element): number => element.getChildElements().reduce((sum, child) => sum + size(child), 1);

/** A stanza stays one stanza, with a sender: a server sees to both. */
function woundedRoot(element: Element, wounded: Wound): Element {
  if (['drop', 'double', 'rename', 'bury'].includes(wounded.kind)) return element;
  const [result] = hit(element, wounded);
  return typeof result === 'object' && result ? result : element;
}

function hit({ name, attrs, children }: Element, { kind, name: other, value }: Wound): readonly Child[] {
  switch (kind) {
    case 'drop':
      return [];
    case 'double':
      return [x(name, attrs, ...children), x(name, attrs, ...children)];
    case 'rename':
      return [x(other.replace(':', ''), attrs, ...children)];
    case 'set':
      return [x(name, { ...attrs, [other]: value }, ...children)];
    case 'unset':
      return [x(name, Object.fromEntries(Object.entries(attrs).filter(([key]) => key !== other)), ...children)];
    case 'text':
      return [x(name, attrs, ...children, value)];
    case 'bury':
      return [
        Array.from({ length: 150 }).reduce<Element>((inner) => x(name, attrs, inner), x(name, attrs, ...children)),
      ];
    case 'reverse':
      return [x(name, attrs, ...[...children].reverse())];
    case 'graft':
      return [x(name, attrs, ...children, x(other.replace(':', ''), { xmlns: value }, value))];
    case 'empty':
      return [x(name, attrs)];
    case 'swell':
      return [x(name, attrs, ...children, value.slice(0, 1).repeat(2_000))];
  }
}
