// Proves that the lint rules catch what they are there for: a small project full of planted faults is linted.
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ESLint, type Linter } from 'eslint';
import { config } from '../lint/config.ts';

const repository = path.join(import.meta.dirname, '../..');
const LAYERS = 'moongate/layers';

/** Each file, what it holds, and the rule that must object; null: nothing may object. */
const planted: Record<string, readonly [text: string, rule: string | null]> = {
  'src/log.ts': ['export const log = 1;', null],
  'src/link.ts': ["import type { A } from './adapter/api.ts';\nexport type L = A;", null],
  'src/adapter/api.ts': ['export type A = 1;', null],
  'src/adapter/load.ts': ['export const load = 1;', null],
  'src/adapter/upward.ts': ["import { step } from '../store/api.ts';\nexport const x = step;", LAYERS],
  'src/store/api.ts': ['export const step = 1;', null],
  'src/store/sqlite/engine.ts': ["import { DatabaseSync } from 'node:sqlite';\nexport const db = DatabaseSync;", null],
  'src/store/upward.ts': ["import { out } from '../lane/out.ts';\nexport const x = out;", LAYERS],
  'src/store/contract.ts': ["export * from '../adapter/api.ts';", LAYERS],
  'src/message/split.ts': ["import type { A } from '../adapter/api.ts';\nexport type S = A;", null],
  'src/lane/out.ts': ["import { step } from '../store/api.ts';\nexport const out = step;", null],
  'src/lane/in.ts': ["import { out } from './out.ts';\nexport const x = out;", LAYERS],
  'src/lane/engine.ts': ["import { db } from '../store/sqlite/engine.ts';\nexport const x = db;", LAYERS],
  'src/lane/sqlite.ts': ["import { DatabaseSync } from 'node:sqlite';\nexport const db = DatabaseSync;", LAYERS],
  'src/back/run.ts': ["import { load } from '../adapter/load.ts';\nexport const run = load;", null],
  'src/back/front.ts': ["import { roster } from '../contact/roster.ts';\nexport const x = roster;", LAYERS],
  'src/contact/roster.ts': ["import { step } from '../store/api.ts';\nexport const roster = step;", null],
  'src/contact/back.ts': ["import { run } from '../back/run.ts';\nexport const x = run;", LAYERS],
  'src/contact/upward.ts': ["import { address } from '../xmpp/address.ts';\nexport const x = address;", LAYERS],
  'src/xmpp/address.ts': ["import { roster } from '../contact/roster.ts';\nexport const address = roster;", null],
  'src/xmpp/stream.ts': ["import '@xmpp/component';", null],
  'src/xmpp/second.ts': ["import '@xmpp/component';", LAYERS],
  'src/xmpp/lazy.ts': ["export const c = () => import('@xmpp/component');", LAYERS],
  'src/xmpp/engine.ts': ["import { out } from '../lane/out.ts';\nexport const x = out;", LAYERS],
  'src/front.ts': ["import { address } from './xmpp/address.ts';\nexport const x = address;", null],
  'src/front/back.ts': ["import { run } from '../back/run.ts';\nexport const x = run;", LAYERS],
  'src/gateway.ts': ["import { run } from './back/run.ts';\nexport * from './xmpp/address.ts';\nexport { run };", null],
  'src/nowhere/lost.ts': ["import { log } from '../log.ts';\nexport const x = log;", LAYERS],
  'src/web/health.ts': ["import '../../test/peek.ts';", LAYERS],
  'adapters/toy/index.ts': ["import type { A } from 'moongate/adapter';\nexport default 1 as A;", null],
  'adapters/toy/inner.ts': ["import { step } from '../../src/store/api.ts';\nexport const x = step;", LAYERS],
  'adapters/toy/core.ts': ["import { step } from 'moongate/store';\nexport const x = step;", LAYERS],
  'adapters/toy/kit.ts': ["import 'moongate/adapter/testing';", LAYERS],
  'adapters/toy/test/toy.test.ts': ["import 'moongate/adapter/testing';", null],
  'adapters/toy/second.ts': ['export default 1;', 'no-restricted-syntax'],
  'src/text/floating.ts': ['const wait = async () => 1;\nwait();', '@typescript-eslint/no-floating-promises'],
  'src/text/type.ts': ["export type L = import('../lane/out.ts').L;", LAYERS],
  'src/text/any.ts': ['export const x = (y: any) => [y];', '@typescript-eslint/no-explicit-any'],
  'src/text/unused.ts': ['const x = 1;', '@typescript-eslint/no-unused-vars'],
  'src/text/types.ts': [
    "import { log } from './t.ts';\nexport type L = typeof log;",
    '@typescript-eslint/consistent-type-imports',
  ],
  'src/text/t.ts': ['export const log = 1;', null],
  'src/text/print.ts': ["console.log('x');", 'no-console'],
  'test/peek.ts': ["import { test } from 'node:test';\ntest('x', () => undefined);", null],
};

let folder = '';
let reported: ReadonlyMap<string, readonly Linter.LintMessage[]>;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'moongate-lint-'));
  await cp(path.join(repository, 'tsconfig.json'), path.join(folder, 'tsconfig.json'));
  await symlink(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'));
  for (const [file, [text]] of Object.entries(planted)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  const overrideConfig = config(folder);
  const eslint = new ESLint({ cwd: folder, overrideConfigFile: true, overrideConfig });
  const results = await eslint.lintFiles(Object.keys(planted));
  reported = new Map(results.map((each) => [path.relative(folder, each.filePath), each.messages]));
});
after(() => rm(folder, { recursive: true, force: true }));

for (const [file, [text, rule]] of Object.entries(planted))
  test(`lint ${rule === null ? 'accepts' : `(${rule}) refuses`} ${file}: ${text.split('\n')[0]}`, () => {
    const rules = (reported.get(file) ?? assert.fail('not linted')).map((message) => message.ruleId);
    if (rule === null) assert.deepEqual(rules, []);
    else assert.ok(rules.includes(rule), `${rule} is silent; reported: ${rules.join(', ') || 'nothing'}`);
  });
