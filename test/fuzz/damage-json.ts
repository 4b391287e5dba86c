// Random damage to a JSON value that a grammar made. Nothing is changed in place.
import fc from 'fast-check';

const deep = (): unknown => {
  let value: unknown = 'deep';
  for (let level = 0; level < 500; level += 1) value = [value];
  return value;
};

/** Values that break what does not expect them. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 0.5, 1e21, 2 ** 53, -(2 ** 40), '', ' ', 'text', [], {}, [[]], [null]),
  fc.constantFrom<unknown>('\u0000', '\ud800', '\ufffe', '\u202e', 'é'.repeat(3_000), '*_~`>'.repeat(50), '<&"\'>'),
  fc.constantFrom<unknown>({ id: {} }, { text: ['x'] }, { id: '700000001' }, { message_id: null }, 'x'.repeat(70_000)),
  fc.constant(null).map(deep),
);

const wounds = ['drop', 'set', 'set', 'rename', 'add', 'double', 'wrap', 'swap'] as const;
interface Wound {
  readonly at: number;
  readonly kind: (typeof wounds)[number];
  readonly name: string;
  readonly value: unknown;
}
const names = [
  '__proto__',
  'constructor',
  'text',
  'chat',
  'from',
  'id',
  'message',
  'entities',
  'toString',
  'new_thing',
];
const wound: fc.Arbitrary<Wound> = fc.record({
  at: fc.nat(40),
  kind: fc.constantFrom(...wounds),
  name: fc.constantFrom(...names),
  value: oddValue,
});

/** Half of the values whole, the others with one to three wounds. */
export function damagedJson(whole: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const hurt = fc.tuple(whole, fc.array(wound, { minLength: 1, maxLength: 3 }));
  return fc.oneof(
    { weight: 9, arbitrary: whole },
    { weight: 10, arbitrary: hurt.map(([value, all]) => all.reduce(inflict, value)) },
    { weight: 1, arbitrary: oddValue },
  );
}

/** Objects and lists of a value, the outermost first. */
const size = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, each) => sum + size(each), 1)
    : 0;

function inflict(root: unknown, wounded: Wound): unknown {
  const places = size(root);
  if (places === 0) return wounded.value;
  const at = wounded.at % places;
  let seen = -1;
  const visit = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    seen += 1;
    const whole = seen === at ? hit(value, wounded) : value;
    if (whole !== value) return whole;
    if (Array.isArray(value)) return value.map(visit);
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, visit(each)]));
  };
  return visit(root);
}

/** The object or list with one of its fields hurt: `at` chooses which. */
function hit(value: object, { at, kind, name, value: odd }: Wound): unknown {
  const all: (readonly [string, unknown])[] = Object.entries(value);
  const chosen = all.length === 0 ? undefined : all[at % all.length];
  const [key, old] = chosen ?? [name, undefined];
  const rest = all.filter(([other]) => other !== key);
  switch (kind) {
    case 'drop':
      return rebuilt(value, rest);
    case 'set':
      return rebuilt(value, [...rest, [key, odd]]);
    case 'rename':
      return rebuilt(value, [...rest, [name, old]]);
    case 'add':
      return rebuilt(value, [...all, [name, odd]]);
    case 'double':
      return [value, value];
    case 'wrap':
      return rebuilt(value, [...rest, [key, { [name]: old }]]);
    case 'swap':
      return rebuilt(value, [...rest, [key, [old]]]);
  }
}

function rebuilt(like: object, entries: readonly (readonly [string, unknown])[]): unknown {
  if (Array.isArray(like)) return entries.map(([, value]) => value);
  // By JSON, so that a field called __proto__ is one, as it is in what a network sends.
  return JSON.parse(
    `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value ?? null)}`).join()}}`,
  );
}
