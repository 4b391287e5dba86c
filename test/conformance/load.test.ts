// Adapters are found as surface.md says, and what cannot be used is explained to the operator.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { AdapterLoadError, listAdapters, loadAdapter } from '../../src/adapter/load.ts';
import { caught } from './caught.ts';

const root = mkdtempSync(path.join(tmpdir(), 'moongate-load-'));
after(() => rmSync(root, { recursive: true }));

const right = `export default { api: 1, id: 'x', name: 'X', parseConfig: () => ({}), logins: [], connect() {} };`;
let count = 0;
/** A config folder in which packages are installed: name -> package.json and the text of index.js. */
function folderWith(
  packages: Readonly<Record<string, { readonly manifest?: object | string; readonly code: string }>>,
): string {
  count += 1;
  const folder = path.join(root, `config-${count}`);
  mkdirSync(folder);
  for (const [name, { manifest, code }] of Object.entries(packages)) {
    const home = path.join(folder, 'node_modules', name);
    mkdirSync(home, { recursive: true });
    const fields = {
      name,
      version: '1.2.3',
      type: 'module',
      exports: './index.js',
      peerDependencies: { moongate: '*' },
    };
    const text = typeof manifest === 'string' ? manifest : JSON.stringify({ ...fields, ...manifest });
    writeFileSync(path.join(home, 'package.json'), text);
    writeFileSync(path.join(home, 'index.js'), code);
  }
  return folder;
}
async function refusal(name: string, folder: string): Promise<AdapterLoadError> {
  const error = await caught(loadAdapter(name, folder));
  assert.ok(error instanceof AdapterLoadError, String(error));
  return error;
}

describe('adapters are resolved', () => {
  it("ours by short name, from Moongate's own folder", async () => {
    const { adapter, package: name, version } = await loadAdapter('loopback', root);
    assert.equal(adapter.id, 'loopback');
    assert.equal(name, '@moongate/loopback');
    assert.match(version, /^\d+\.\d+\.\d+/);
  });

  it("from the config file's folder before Moongate's own", async () => {
    const folder = folderWith({ '@moongate/loopback': { code: right.replace(`'X'`, `'Mine'`) } });
    const { adapter, version } = await loadAdapter('loopback', folder);
    assert.equal(adapter.name, 'Mine');
    assert.equal(version, '1.2.3');
  });

  it("any other by its package's name, scoped or not, in a folder above as well", async () => {
    const folder = folderWith({ 'moongate-parley': { code: right }, '@someone/parley': { code: right } });
    const below = path.join(folder, 'deep', 'deeper');
    mkdirSync(below, { recursive: true });
    assert.equal((await loadAdapter('moongate-parley', below)).use, 'moongate-parley');
    assert.equal((await loadAdapter('@someone/parley', below)).use, '@someone/parley');
  });

  it('whatever form its entry has', async () => {
    const forms: readonly object[] = [
      { exports: { '.': './index.js' } },
      { exports: { '.': { types: './index.d.ts', import: './index.js' } } },
      { exports: { import: { types: './index.d.ts', default: './index.js' }, require: './no.cjs' } },
      { exports: undefined, main: 'index.js' },
      { exports: undefined },
    ];
    for (const manifest of forms) {
      assert.equal((await loadAdapter('parley', folderWith({ parley: { manifest, code: right } }))).adapter.id, 'x');
    }
  });

  it('through a link to its sources, which run without a build', async () => {
    const folder = folderWith({});
    const sources = path.join(root, 'sources');
    mkdirSync(sources);
    writeFileSync(
      path.join(sources, 'package.json'),
      `{"name":"linked","version":"0.0.1","type":"module","exports":"./index.ts"}`,
    );
    writeFileSync(path.join(sources, 'index.ts'), `const api: 1 = 1;\n${right.replace('api: 1', 'api')}`);
    mkdirSync(path.join(folder, 'node_modules'));
    symlinkSync(sources, path.join(folder, 'node_modules', 'linked'));
    assert.equal((await loadAdapter('linked', folder)).version, '0.0.1');
  });
});

describe('an adapter that cannot be used is explained', () => {
  const broken: readonly { what: string; manifest?: object | string; code: string; error: string; says: RegExp }[] = [
    { what: 'no default export', code: 'export const x = 1;', error: 'not-an-adapter', says: /no default export/ },
    { what: 'another version', code: right.replace('1', '2'), error: 'not-an-adapter', says: /api is 2.*version 1/ },
    { what: 'no version', code: 'export default {};', error: 'not-an-adapter', says: /api is missing/ },
    {
      what: 'no connect',
      code: right.replace('connect', 'open'),
      error: 'not-an-adapter',
      says: /connect is not a func/,
    },
    { what: 'bad logins', code: right.replace('[]', '[{}]'), error: 'not-an-adapter', says: /logins\[0\]\.run/ },
    { what: 'a syntax error', code: 'export default {', error: 'broken', says: /cannot be loaded: Unexpected/ },
    { what: 'a throw', code: `throw new Error('no luck');`, error: 'broken', says: /cannot be loaded: no luck/ },
    { what: 'a missing package', code: `import 'nowhere-to-be-found';`, error: 'broken', says: /nowhere-to-be-found/ },
    { what: 'a missing file', manifest: { exports: './gone.js' }, code: right, error: 'broken', says: /gone\.js/ },
    { what: 'a damaged package.json', manifest: '{', code: right, error: 'broken', says: /package\.json is not JSON/ },
  ];
  for (const { what, manifest, code, error, says } of broken) {
    it(what, async () => {
      const folder = folderWith({ parley: { code, ...(manifest === undefined ? {} : { manifest }) } });
      const refused = await refusal('parley', folder);
      assert.equal(refused.code, error);
      assert.match(refused.message, says);
      assert.match(refused.message, /parley/);
    });
  }

  it('not installed: with the command that installs it beside the config', async () => {
    const refused = await refusal('parley', root);
    assert.equal(refused.code, 'not-installed');
    assert.ok(refused.message.includes(`npm install --prefix "${root}" @moongate/parley`), refused.message);
    assert.match((await refusal('@someone/parley', root)).message, /npm install --prefix \S+ @someone\/parley$/);
  });

  it('a name that is a path, or no name', async () => {
    for (const name of ['../x', '/etc/passwd', './x', '', 'A B', '@moongate/', 'file:x', '..', 'x'.repeat(215)]) {
      assert.equal((await refusal(name, root)).code, 'bad-name', name);
    }
  });

  it('a package of the same short name that is something else', async () => {
    const refused = await refusal('parley', folderWith({ parley: { code: 'export default 7;' } }));
    assert.match(refused.message, /Moongate's own would be @moongate\/parley/);
  });
});

describe('installed adapters are listed', () => {
  it('with versions, ours by short name, broken ones with the reason, other packages not at all', async () => {
    const folder = folderWith({
      'moongate-parley': { code: right },
      '@moongate/wreck': { code: 'export default {' },
      'left-pad': { manifest: { peerDependencies: {} }, code: 'export default 1;' },
      damaged: { manifest: '{', code: '' },
    });
    const listed = await listAdapters(folder);
    const lines = listed.map(({ use, version, adapter, fault }) => [use, version, adapter?.name ?? fault]);
    assert.deepEqual(
      lines.find(([use]) => use === 'moongate-parley'),
      ['moongate-parley', '1.2.3', 'X'],
    );
    assert.match(String(lines.find(([use]) => use === 'wreck')?.[2]), /cannot be loaded/);
    assert.equal(lines.find(([use]) => use === 'loopback')?.[2], 'Loopback');
    assert.ok(!lines.some(([use]) => use === 'left-pad' || use === 'damaged'));
    assert.deepEqual(
      listed.map(({ use }) => use),
      listed.map(({ use }) => use).sort(),
    );
  });
});
