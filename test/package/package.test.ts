// What is published, installed far from the clone: it relays both ways through `npx moongate run`, with an adapter of ours
// and with one of a stranger, and it starts fast.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { x, type Element } from '../../src/xmpp/stanza.ts';
import { on, prosody, type XmppServer } from '../server/index.ts';
import { TestClient } from '../server/client.ts';
import { command, installPackages, outside } from './install.ts';

const domains = { 'loopback.example.org': 'hush-loopback', 'parrot.example.org': 'hush-parrot' };
/** Bare Node takes some 45 ms where the gateway takes 340: the ratio holds on a loaded machine, the milliseconds do not. */
const MOST_TIMES_BARE = 20;

let folder = '';
let site = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'moongate-package-'));
  site = await installPackages(folder);
});
after(() => rm(folder, { recursive: true, force: true }));

async function configure(server: XmppServer): Promise<void> {
  for (const old of globSync(['vault.key', 'moongate.db*'], { cwd: site })) await rm(path.join(site, old));
  await command('npx', ['moongate', 'key', 'vault.key'], site);
  await writeFile(
    path.join(site, 'moongate.toml'),
    `[xmpp]
server = "127.0.0.1:${server.componentPort}"
[store]
path = "moongate.db"
key = { file = "vault.key" }
[log]
level = "debug"
[transport."loopback.example.org"]
adapter = "loopback"
secret = "${domains['loopback.example.org']}"
[transport."parrot.example.org"]
adapter = "@acme/moongate-parrot"
secret = "${domains['parrot.example.org']}"
[transport."parrot.example.org".moongate-parrot]
prefix = "polly says: "
`,
    { mode: 0o600 },
  );
}

/** A gateway that runs as a group of processes of its own, because npx puts some between it and us. */
class Run {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #seen = (): void => undefined;

  constructor(file: string, args: readonly string[]) {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    this.#child = spawn(file, [...args], { cwd: site, env: outside, stdio: [...stdio], detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream !== null)
        createInterface(stream).on('line', (line) => {
          this.#lines.push(line);
          this.#seen();
        });
  }

  /** Resolves when `count` lines that match were logged; rejects where the process ends before. */
  async logged(line: RegExp, count = 1): Promise<void> {
    const found = new Promise<void>((resolve) => {
      this.#seen = () => {
        if (this.#lines.filter((each) => line.test(each)).length >= count) resolve();
      };
      this.#seen();
    });
    const ended = once(this.#child, 'exit').then(() => assert.fail(`it ended:\n${this.#lines.join('\n')}`));
    await Promise.race([found, ended]);
    ended.catch(() => undefined);
  }

  /** Asks all of the group to end, and resolves when they have. */
  async end(): Promise<string> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, 'close');
      process.kill(-(this.#child.pid ?? 0), 'SIGTERM');
      await closed;
    }
    return this.#lines.join('\n');
  }
}

/** Registers by the form, with `values` for its fields. */
async function registered(client: TestClient, domain: string, values: Readonly<Record<string, string>>): Promise<void> {
  const form = await client.iq('get', domain, x('query', { xmlns: 'jabber:iq:register' }));
  assert.equal(form.attrs['type'], 'result', form.toString());
  const fields = Object.entries(values).map(([name, value]) => x('field', { var: name }, x('value', {}, value)));
  const type = x('field', { var: 'FORM_TYPE' }, x('value', {}, 'jabber:iq:register'));
  const submitted = x('x', { xmlns: 'jabber:x:data', type: 'submit' }, type, ...fields);
  const answer = await client.iq('set', domain, x('query', { xmlns: 'jabber:iq:register' }, submitted));
  assert.equal(answer.attrs['type'], 'result', answer.toString());
}

/** Writes and waits for the answer and for the receipt: a message has gone both ways. */
async function relayed(client: TestClient, contact: string, text: string, answer: string): Promise<void> {
  const id = await client.message(contact, text, {}, x('request', { xmlns: 'urn:xmpp:receipts' }));
  const said = (stanza: Element) => stanza.is('message') && stanza.attrs['from']?.split('/')[0] === contact;
  await client.waitFor((stanza) => said(stanza) && stanza.getChildText('body') === answer);
  await client.waitFor(
    (stanza) => said(stanza) && stanza.getChild('received', 'urn:xmpp:receipts')?.attrs['id'] === id,
  );
}

test('npx moongate adapters lists what was installed, by us and by others', async () => {
  const listed = await command('npx', ['moongate', 'adapters'], site);
  assert.match(listed, /^loopback +@moongate\/loopback/m);
  assert.match(listed, /^telegram +@moongate\/telegram/m);
  assert.match(listed, /^@acme\/moongate-parrot +@acme\/moongate-parrot 1\.2\.3 +Parrot$/m);
});

test(
  'the installed packages relay both ways, with an adapter of ours and one of a stranger, and log neither texts nor secrets',
  on(prosody),
  async () => {
    await using server = await prosody.start({ components: domains, users: ['juliet'] });
    await configure(server);
    const run = new Run('npx', ['moongate', 'run', '--config', 'moongate.toml']);
    try {
      await run.logged(/component is online|online/, 2);
      await using juliet = await TestClient.connect(server, 'juliet');
      await registered(juliet, 'loopback.example.org', {});
      await relayed(juliet, 'echo@loopback.example.org', 'romeo and me', 'romeo and me');
      await registered(juliet, 'parrot.example.org', { cage: 'brass' });
      await relayed(juliet, 'polly@parrot.example.org', 'romeo and me', 'polly says: romeo and me');
    } finally {
      const log = await run.end();
      assert.match(log, /"message":"stopped"/);
      for (const kept of [
        'romeo and',
        ...Object.values(domains),
        (await readFile(path.join(site, 'vault.key'), 'utf8')).trim(),
      ])
        assert.ok(!log.includes(kept), `the log holds ${kept}`);
    }
  },
);

test('cold start: the component is online in few times the start of Node itself', on(prosody), async (t) => {
  await using server = await prosody.start({ components: domains });
  await configure(server);
  const node = path.join(site, 'node_modules/.bin/node');
  const entry = path.join(site, 'node_modules/moongate/bin/moongate.mjs');
  const took: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < 5; round++) {
    const before = performance.now();
    assert.equal(spawnSync(node, ['--eval', '0']).status, 0);
    const began = performance.now();
    bare.push(began - before);
    const run = new Run(node, [entry, 'run', '--config', 'moongate.toml']);
    try {
      await run.logged(/online/, 2);
      took.push(performance.now() - began);
    } finally {
      await run.end();
    }
  }
  const [best, least] = [Math.min(...took), Math.min(...bare)];
  const words = `online after ${best.toFixed(0)} ms, bare Node ends after ${least.toFixed(0)} ms`;
  t.diagnostic(words);
  assert.ok(best <= MOST_TIMES_BARE * least, words);
});

test('each package holds what belongs to it, and nothing of the tests', async () => {
  for (const name of ['moongate', '@moongate/telegram', '@moongate/loopback']) {
    const at = path.join(site, 'node_modules', name);
    const manifest = JSON.parse(await readFile(path.join(at, 'package.json'), 'utf8')) as Record<string, unknown>;
    assert.equal(manifest['license'], 'Apache-2.0');
    for (const field of ['workspaces', 'scripts', 'devDependencies']) assert.equal(manifest[field], undefined);
    for (const file of ['README.md', 'LICENSE']) assert.ok((await readFile(path.join(at, file), 'utf8')).length > 100);
  }
  const schema = path.join(site, 'node_modules/moongate/config/moongate.schema.json');
  assert.ok(JSON.parse(await readFile(schema, 'utf8')));
});
