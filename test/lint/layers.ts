// The direction of imports, as one table and the ESLint rule that reads it. Imports point one way, and the two halves of
// the gateway (front: what XMPP sees; back: what runs the adapters) meet only in src/link.ts and src/gateway.ts.
import path from 'node:path';
import type { Rule } from 'eslint';

interface Layer {
  readonly own: string;
  readonly may: readonly string[];
}

/** What every part of src may import: types of the seams and things that know nothing of the rest. */
const common = [
  'src/log.ts',
  'src/link.ts',
  'src/clock.ts',
  'src/text',
  'src/adapter/api.ts',
  'src/message',
  'src/store',
];
const lane = ['src/lane'];
const front = [...common, ...lane, 'src/account', 'src/contact', 'src/room', 'src/file'];

/** The first prefix that fits a file decides what of ours it may import. A file may always import its own layer. */
const layers: readonly Layer[] = [
  { own: 'src/adapter/api.ts', may: [] },
  { own: 'src/adapter/testing', may: ['src/adapter/api.ts', 'src/adapter/check.ts'] },
  { own: 'src/adapter', may: ['src/log.ts', 'src/clock.ts'] },
  { own: 'src/store', may: ['src/log.ts', 'src/clock.ts', 'src/rest.ts'] },
  { own: 'src/message', may: ['src/adapter/api.ts'] },
  { own: 'src/text', may: [] },
  { own: 'src/log.ts', may: [] },
  { own: 'src/clock.ts', may: [] },
  { own: 'src/rest.ts', may: [] },
  { own: 'src/version.ts', may: [] },
  { own: 'src/link.ts', may: ['src/adapter/api.ts', 'src/message', 'src/store'] },
  { own: 'src/config', may: [] },
  { own: 'src/web', may: ['src/log.ts', 'src/clock.ts'] },
  { own: 'src/lane', may: common },
  { own: 'src/back', may: [...common, ...lane, 'src/adapter'] },
  { own: 'src/account', may: front },
  { own: 'src/contact', may: front },
  { own: 'src/room', may: front },
  { own: 'src/file', may: front },
  { own: 'src/xmpp', may: front },
  { own: 'src/front', may: [...front, 'src/xmpp'] },
  { own: 'src/gateway', may: ['src'] },
  { own: 'src/main.ts', may: ['src'] },
  { own: 'src/cli', may: ['src'] },
];

const halves: Readonly<Record<'front' | 'back', readonly string[]>> = {
  front: ['src/front', 'src/account', 'src/contact', 'src/room', 'src/file', 'src/xmpp', 'src/lane/in'],
  back: ['src/back', 'src/lane/out', 'src/adapter/load', 'src/adapter/session'],
};

/** Engines are chosen by the composition root; all others know the interfaces. */
const closed = ['src/store/sqlite', 'src/store/postgres'];
const openers = ['src/store', 'src/gateway', 'src/cli'];

/** Packages that one place wraps, so that nothing else depends on their ways. */
const wrapped: Readonly<Record<string, string>> = {
  '@xmpp/component': 'src/xmpp/stream.ts',
  '@xmpp/component-core': 'src/xmpp/stream.ts',
  'node:sqlite': 'src/store',
  pino: 'src/log.ts',
  'smol-toml': 'src/config',
};

/** 'src/lane' holds src/lane.ts, src/lane/x.ts and src/lane-x.ts, but not src/lanes.ts. */
function within(file: string, prefix: string): boolean {
  if (!file.startsWith(prefix)) return false;
  const next = file.slice(prefix.length);
  return next === '' || /^[/.-]/.test(next);
}
const withinAny = (file: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => within(file, prefix));

/** The reason why `file` must not import `target` (a path from the root, or a package's name), or undefined. */
export function fault(file: string, target: string, isPackage: boolean): string | undefined {
  if (file.startsWith('adapters/')) return adapterFault(file, target, isPackage);
  if (!file.startsWith('src/')) return undefined;
  if (isPackage) {
    const place = Object.hasOwn(wrapped, target) ? wrapped[target] : undefined;
    if (place !== undefined && !within(file, place)) return `only ${place} may import ${target}`;
    return withinAny(target, ['moongate', '@moongate']) ? 'inside src, import by a relative path' : undefined;
  }
  const layer = layers.find(({ own }) => within(file, own));
  if (layer === undefined) return `${file} has no place in the table of test/lint/layers.js`;
  if (!withinAny(target, ['src'])) return 'src imports nothing from outside src';
  if (!withinAny(target, [layer.own, ...layer.may]))
    return `${layer.own} must not import ${target}: imports point one way`;
  if (withinAny(target, closed) && !withinAny(file, openers))
    return 'use src/store/api.ts: engines are interchangeable';
  const crosses = (mine: readonly string[], other: readonly string[]) =>
    withinAny(file, mine) && withinAny(target, other);
  if (crosses(halves.front, halves.back) || crosses(halves.back, halves.front))
    return 'the two halves must not import each other: they meet in src/link.ts';
  return undefined;
}

function adapterFault(file: string, target: string, isPackage: boolean): string | undefined {
  const home = file.split('/').slice(0, 2).join('/');
  if (!isPackage)
    return target.startsWith(`${home}/`) ? undefined : 'an adapter imports nothing outside its own folder';
  if (!withinAny(target, ['moongate', '@moongate'])) return undefined;
  const test = /(^|\/)test\/|\.test\.ts$/.test(file);
  const allowed = test ? ['moongate/adapter', 'moongate/adapter/testing'] : ['moongate/adapter'];
  return allowed.includes(target) ? undefined : `an adapter imports only ${allowed.join(' and ')}`;
}

/** The rule `moongate/layers` for files below `root`. */
export const layersRule = (root: string): Rule.RuleModule => ({
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = path.relative(root, context.filename).replaceAll(path.sep, '/');
    const check = (node: Rule.Node, source: unknown): void => {
      if (typeof source !== 'string') return;
      const isPackage = !source.startsWith('.');
      const target = isPackage ? source : path.posix.join(path.posix.dirname(file), source);
      const message = fault(file, target, isPackage);
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ImportExpression: (node) => check(node, node.source.type === 'Literal' && node.source.value),
      // `import('x').T` in a type; not in ESLint's own tree of JavaScript.
      TSImportType: (node: Rule.Node & { source?: { value?: unknown } }) => check(node, node.source?.value),
    };
  },
});
