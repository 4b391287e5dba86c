// What `moongate check` says where there is no XMPP server: the operator's side of the machine.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as listen, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { mendStream } from '../../src/cli/check-mend.ts';
import type { Transport } from '../../src/config.ts';
import { main } from '../../src/main.ts';
import { openStore } from '../../src/store/sqlite/index.ts';
import { createKeyFile } from '../../src/store/vault.ts';
import type { ProblemCode } from '../../src/xmpp/stream/retry.ts';

const SECRET = 'the-secret-of-the-component';

interface Set {
  readonly database?: string;
  readonly apiRoot?: string;
  /** Port of the XMPP server; default: one where nobody listens. */
  readonly server?: number;
  readonly web?: number;
}

async function home(t: TestContext, { database = 'moongate.db', apiRoot, server = 1, web }: Set = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'moongate-check-'));
  t.after(() => rmSync(folder, { recursive: true }));
  await createKeyFile(path.join(folder, 'vault.key'));
  const config = path.join(folder, 'moongate.toml');
  const lines = [
    `[xmpp]\nserver = "127.0.0.1:${server}"`,
    `[store]\npath = "${database}"\nkey = { file = "vault.key" }`,
    ...(web === undefined ? [] : [`[web]\nlisten = "127.0.0.1:${web}"`]),
    `[transport."gate.example.org"]\nadapter = "${apiRoot === undefined ? 'loopback' : 'telegram'}"\nsecret = "${SECRET}"`,
    ...(apiRoot === undefined ? [] : [`[transport."gate.example.org".telegram]\napi_root = "${apiRoot}"`]),
  ];
  writeFileSync(config, lines.join('\n'), { mode: 0o600 });
  return { folder, config };
}

async function check(config: string): Promise<{ code: number; out: string }> {
  let out = '';
  const write = (text: string) => (out += text);
  const code = await main(['check', '--config', config], { stdout: { write }, stderr: { write }, env: {} });
  assert.ok(!out.includes(SECRET), 'a secret was printed');
  return { code, out };
}

async function started<S extends Server | HttpServer>(t: TestContext, server: S): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}
const api = async (t: TestContext, answer: RequestListener) =>
  `http://127.0.0.1:${await started(t, createServer({ keepAlive: false }, answer))}`;

test('a server that is away: said with what to look at on either kind of server, and nothing is left behind', async (t) => {
  const { config, folder } = await home(t);
  const { code, out } = await check(config);
  assert.equal(code, 1);
  assert.match(out, /^PROBLEM {2}gate\.example\.org: cannot reach the XMPP server at 127\.0\.0\.1:1 \(ECONNREFUSED\)/m);
  assert.match(
    out,
    /^ +in Prosody, .*component_ports = \{ 1 \}\n +in ejabberd, .*port: 1 and module: ejabberd_service$/m,
  );
  assert.match(out, /^ok {7}.*moongate\.db can be made; there is no database yet$/m);
  assert.deepEqual(readdirSync(folder).sort(), ['moongate.toml', 'vault.key']);
});

test('a folder of the database that is not there', async (t) => {
  const { config } = await home(t, { database: 'nowhere/moongate.db' });
  const { code, out } = await check(config);
  assert.equal(code, 1);
  assert.match(
    out,
    /^PROBLEM {2}the folder .*nowhere of the database cannot be written \(it does not exist\): make it/m,
  );
});

test('a key file and a database that others may read', async (t) => {
  const { config, folder } = await home(t);
  await (await openStore({ path: path.join(folder, 'moongate.db') })).close();
  chmodSync(path.join(folder, 'vault.key'), 0o644);
  chmodSync(path.join(folder, 'moongate.db'), 0o640);
  const { out } = await check(config);
  assert.match(out, /^PROBLEM {2}others may read .*vault\.key: chmod 600 it$/m);
  assert.match(out, /^PROBLEM {2}others may read the database .*moongate\.db\n +chmod 600 .*moongate\.db$/m);
});

test('a database of another program', async (t) => {
  const { config, folder } = await home(t);
  writeFileSync(
    path.join(folder, 'moongate.db'),
    'no database at all, but long enough to look like a file of some kind',
    {
      mode: 0o600,
    },
  );
  assert.match((await check(config)).out, /^PROBLEM {2}The file .*moongate\.db is damaged or is no database/m);
});

test('an api_root that nobody answers at', async (t) => {
  const { config } = await home(t, { apiRoot: 'http://127.0.0.1:1' });
  const { code, out } = await check(config);
  assert.equal(code, 1);
  assert.match(
    out,
    /^PROBLEM {2}gate\.example\.org: api_root cannot be reached: http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)/m,
  );
});

test('an api_root that answers, whatever it says, can be reached', async (t) => {
  const { config } = await home(t, { apiRoot: await api(t, (_, response) => response.writeHead(404).end()) });
  assert.match((await check(config)).out, /^ok {7}gate\.example\.org: Telegram can be reached$/m);
});

test("a clock that is an hour behind, by the network's own", async (t) => {
  const apiRoot = await api(t, (_, response) => {
    response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString()).end();
  });
  const { config } = await home(t, { apiRoot });
  const { code, out } = await check(config);
  assert.equal(code, 1);
  assert.match(
    out,
    /^PROBLEM {2}gate\.example\.org: the clock of this machine is 3(599|600|601) s behind that of http/m,
  );
});

test('while the database is in use and web.listen is not set, it says so, and connects to nothing', async (t) => {
  let connections = 0;
  const server = await started(
    t,
    listen((socket) => {
      connections += 1;
      socket.destroy();
    }),
  );
  const { config, folder } = await home(t, { server });
  const store = await openStore({ path: path.join(folder, 'moongate.db') });
  try {
    const { code, out } = await check(config);
    assert.equal(code, 1);
    assert.match(out, /^PROBLEM {2}a gateway runs .*cannot see more of it: web\.listen is not set\n +set web\.listen/m);
    assert.equal(connections, 0);
  } finally {
    await store.close();
  }
});

test('another program on the port of web.listen', async (t) => {
  const web = await started(
    t,
    createServer({ keepAlive: false }, (_, response) => response.end('hello')),
  );
  const { config } = await home(t, { web });
  assert.match(
    (await check(config)).out,
    /^PROBLEM {2}web\.listen: what listens on .* is not the gateway of this config$/m,
  );
});

test('every problem of a stream comes with something to do, on every server', () => {
  const codes: readonly ProblemCode[] = [
    ...(['unreachable', 'not-authorized', 'host-unknown', 'conflict', 'invalid-namespace', 'not-xmpp'] as const),
    ...(['silent', 'no-fence', 'refused-silently', 'ended', 'stream-error'] as const),
  ];
  const server = { host: '127.0.0.1', port: 5347 };
  const transport = { domain: 'gate.example.org', secret: SECRET, server } as unknown as Transport;
  for (const code of codes)
    for (const name of ['Prosody', 'ejabberd', undefined] as const) {
      const lines = mendStream(code, transport, name);
      assert.ok(lines.length > 0, code);
      assert.ok(!lines.join('\n').includes(SECRET));
    }
});
