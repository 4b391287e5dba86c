import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ConfigError, loadConfig } from '../../src/config.ts';
import { main } from '../../src/main.ts';
import { jsonSchema } from '../../src/config/schema.ts';

const repository = path.join(import.meta.dirname, '../..');
const GOOD = `[store]
path = "moongate.db"
key = { file = "vault.key" }
[transport."loopback.example.org"]
adapter = "loopback"
secret = { env = "SECRET" }
`;

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'moongate-config-'));
  file = path.join(folder, 'moongate.toml');
  await writeFile(path.join(folder, 'vault.key'), 'a key\n', { mode: 0o600 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (text: string, mode = 0o644) => writeFile(file, text, { mode });
const load = () => loadConfig(file, { SECRET: 'hush', ANSWER: 'true', PATH_LIST: '["a.example", "b.example"]' });
function faultsOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split('\n').map((line) => line.replace(`${file}:`, ''));
  }
  return assert.fail('the config was accepted');
}

test('a small config has the defaults of all that it leaves out', async () => {
  await write(GOOD);
  const config = load();
  assert.deepEqual(config.store, { path: path.join(folder, 'moongate.db'), key: 'a key' });
  assert.deepEqual(config.log, { level: 'info', content: false });
  assert.deepEqual(config.archive, { days: 365, rows: 100_000 });
  assert.equal(config.web, undefined);
  assert.deepEqual(config.warnings, []);
  assert.deepEqual(config.transports, [
    {
      domain: 'loopback.example.org',
      adapter: 'loopback',
      adapterPlace: { key: 'transport."loopback.example.org".adapter', line: 5 },
      secret: 'hush',
      onUncertain: 'resend',
      server: { host: '127.0.0.1', port: 5347 },
      allow: ['example.org'],
      admins: [],
      options: {},
      place: { key: 'transport."loopback.example.org".loopback', line: 4 },
    },
  ]);
});

test('a transport may override any key of [xmpp], and its adapter gets its own table as it is', async () => {
  await write(`${GOOD.replace('adapter = "loopback"', 'adapter = "@acme/moongate-toy"')}
server = "[::1]:6000"
allow = ["Romeo@Example.org"]
[transport."loopback.example.org".moongate-toy]
deep = { er = [1, 2] }
[xmpp]
server = "10.0.0.1:5347"
allow = ["example.net"]
admins = ["admin@example.net"]
[web]
listen = "127.0.0.1:8080"
`);
  const config = load();
  const [transport] = config.transports;
  assert.deepEqual(transport?.server, { host: '::1', port: 6000 });
  assert.deepEqual(transport.allow, ['romeo@example.org']);
  assert.deepEqual(transport.admins, ['admin@example.net']);
  assert.equal(JSON.stringify(transport.options), '{"deep":{"er":[1,2]}}');
  assert.deepEqual(transport.place, { key: 'transport."loopback.example.org".moongate-toy', line: 10 });
  assert.deepEqual(config.web, { host: '127.0.0.1', port: 8080 });
});

test('a reference stands in the place of any value, a switch or a list too', async () => {
  await write(`${GOOD}allow = { env = "PATH_LIST" }\n[log]\ncontent = { env = "ANSWER" }\n`);
  const config = load();
  assert.equal(config.log.content, true);
  assert.deepEqual(config.transports[0]?.allow, ['a.example', 'b.example']);
});

test('a literal secret is accepted in a file that only its owner can read', async () => {
  await write(GOOD.replace('{ env = "SECRET" }', '"hush"'), 0o600);
  assert.equal(load().transports[0]?.secret, 'hush');
});

test('a secret file that others can read is accepted with a warning', async () => {
  await write(GOOD);
  await chmod(path.join(folder, 'vault.key'), 0o644);
  assert.match(load().warnings.join(), /others may read .*vault\.key: chmod 600 it/);
});

/** What is put in the place of GOOD, and every line that must be told. */
const broken: Record<string, readonly [text: string, ...faults: string[]]> = {
  'an empty file': ['', '1: store: is missing', '1: transport: is missing'],
  'no TOML': ['[store]\npath = oops\n', '2: this is not TOML: invalid value'],
  'a key given twice': [
    `${GOOD}secret = "x"\n`,
    '7: this is not TOML: trying to redefine an already defined table or value',
  ],
  'an unknown table': [`${GOOD}[rooms]\nmany = true\n`, '7: rooms: unknown key'],
  'an unknown key': [`${GOOD}[log]\ncolour = "red"\n`, '8: log.colour: unknown key'],
  'an unknown key of a transport': [`${GOOD}sercet = "x"\n`, '7: transport."loopback.example.org".sercet: unknown key'],
  'a table of another adapter': [
    `${GOOD}[transport."loopback.example.org".telegram]\n`,
    '7: transport."loopback.example.org".telegram: unknown table: that of this adapter is "loopback"',
  ],
  'no secret': [
    GOOD.replace('secret = { env = "SECRET" }', ''),
    '4: transport."loopback.example.org".secret: is missing',
  ],
  'an empty secret': [
    GOOD.replace('{ env = "SECRET" }', '""'),
    '6: transport."loopback.example.org".secret: a secret is written here, and others may read this file: ' +
      'chmod 600 it, or use { env = … } or { file = … }',
    '6: transport."loopback.example.org".secret: must not be empty',
  ],
  'a literal secret that others can read': [
    GOOD.replace('{ env = "SECRET" }', '"hush"'),
    '6: transport."loopback.example.org".secret: a secret is written here, and others may read this file: ' +
      'chmod 600 it, or use { env = … } or { file = … }',
  ],
  'a variable that is not set': [
    GOOD.replace('"SECRET"', '"NOWHERE"'),
    '6: transport."loopback.example.org".secret: the environment variable NOWHERE is not set',
  ],
  'a list from a variable that holds none': [
    `${GOOD}allow = { env = "SECRET" }\n`,
    '7: transport."loopback.example.org".allow: must be a list',
  ],
  'no adapter': [GOOD.replace('adapter = "loopback"', ''), '4: transport."loopback.example.org".adapter: is missing'],
  'an adapter that is a number': [
    GOOD.replace('"loopback"', '7'),
    '5: transport."loopback.example.org".adapter: must be text',
  ],
  'a wrong on_uncertain': [
    `${GOOD}on_uncertain = "ask"\n`,
    '7: transport."loopback.example.org".on_uncertain: must be one of resend, tell',
  ],
  'a server without a port': [
    `${GOOD}[xmpp]\nserver = "localhost"\n`,
    '8: xmpp.server: must be HOST:PORT, such as "127.0.0.1:5347"',
  ],
  'a port that is none': [`${GOOD}[web]\nlisten = "127.0.0.1:80800"\n`, '8: web.listen: has a port above 65535'],
  'allow with a resource': [
    `${GOOD}[xmpp]\nallow = [\n  "a.example",\n  "b@c/d",\n]\n`,
    '8: xmpp.allow[1]: must be a domain or a JID without a resource, such as "example.org"',
  ],
  'allow that is empty': [`${GOOD}[xmpp]\nallow = []\n`, '8: xmpp.allow: lets nobody in'],
  'an admin that is a domain': [
    `${GOOD}[xmpp]\nadmins = ["example.org"]\n`,
    '8: xmpp.admins[0]: must be a JID without a resource, such as "admin@example.org"',
  ],
  'an archive of no days': [`${GOOD}[archive]\ndays = 0\n`, '8: archive.days: must be 1 or more'],
  'an archive of part of a day': [`${GOOD}[archive]\ndays = 0.5\n`, '8: archive.days: must be a whole number'],
  'an archive of many rows': [`${GOOD}[archive]\nrows = "many"\n`, '8: archive.rows: must be a number'],
  'a wrong level': [`${GOOD}[log]\nlevel = "loud"\n`, '8: log.level: must be one of debug, info, warn, error'],
  'a switch that is text': [`${GOOD}[log]\ncontent = "yes"\n`, '8: log.content: must be true or false'],
  'a table that is text': [`xmpp = "x"\n${GOOD}`, '1: xmpp: must be a table'],
  'a transport that is text': [`${GOOD}[transport]\n"a.example" = "x"\n`, '8: transport."a.example": must be a table'],
  'no transport': [`${GOOD.slice(0, GOOD.indexOf('[transport'))}[transport]\n`, '4: transport: names no transport'],
  'a domain that is none': [
    GOOD.replaceAll('loopback.example.org', 'Not A Domain'),
    '4: transport."Not A Domain": must be a domain name in lower case, such as "telegram.example.org"',
  ],
  'a domain of one label without allow': [
    GOOD.replaceAll('loopback.example.org', 'loopback'),
    '4: transport.loopback: allow is missing: a domain of one label has none above it to let in',
  ],
  'many faults': [
    `${GOOD.replace('"moongate.db"', '""').replace('"SECRET"', '"NOWHERE"')}[web]\nlisten = 1\n`,
    '2: store.path: must not be empty',
    '6: transport."loopback.example.org".secret: the environment variable NOWHERE is not set',
    '8: web.listen: must be text',
  ],
};

for (const [name, [text, ...faults]] of Object.entries(broken))
  test(`moongate run refuses a config with ${name}: exit code, key, line and cause`, async () => {
    await write(text);
    let printed = '';
    const stream = { write: (more: string) => (printed += more) };
    const code = await main(['run', '--config', file], { stdout: stream, stderr: stream, env: { SECRET: 'hush' } });
    assert.equal(code, 2);
    assert.deepEqual(
      printed
        .replace('moongate: ', '')
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(`${file}:`, '')),
      faults,
    );
  });

test('a file that a key refers to and that is not there is named', async () => {
  await write(GOOD.replace('vault.key', 'no.key'));
  const missing = path.join(folder, 'no.key');
  assert.deepEqual(faultsOf(load), [`3: store.key: cannot read ${missing}: there is no such file`]);
});

test('a config file that is not there is named', () => {
  assert.deepEqual(faultsOf(load), [` cannot read the config file: there is no such file`]);
});

test('the line of a key is found behind values of several lines', async () => {
  await write(`[xmpp]
admins = [ # [log]
  "a@b.example",
]
[transport.'x.example']
adapter = "loopback"
secret = """
[log]
level = 'loud'"""
# [log]
loopback.note = '''
key = "x"
'''
[store] # here
  key = "k"
  path = 1
`);
  await chmod(file, 0o600);
  assert.deepEqual(faultsOf(load), ['16: store.path: must be text']);
});

test('the example config is one that is accepted', async () => {
  const example = await readFile(path.join(repository, 'config/moongate.toml.example'), 'utf8');
  await write(example.replaceAll('/etc/moongate/', `${folder}/`));
  const config = loadConfig(file, { TELEGRAM_SECRET: 'a', LOOPBACK_SECRET: 'b' });
  assert.deepEqual(config.transports.map((each) => each.adapter).sort(), ['loopback', 'telegram']);
});

test('the JSON schema in config/ is that of the code: npm run schema writes it', async () => {
  const shipped: unknown = JSON.parse(await readFile(path.join(repository, 'config/moongate.schema.json'), 'utf8'));
  assert.deepEqual(shipped, jsonSchema());
});
