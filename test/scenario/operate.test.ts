// What an operator does from day to day, on real servers: check, back up, restore.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SECRET_HERE } from '../../src/cli/check-mend.ts';
import { on, servers, type XmppServer } from '../server/index.ts';
import { deliver, ECHO, errorFor, FLAKY, LOOPBACK, receipt, scenes, told, write, type World } from './support.ts';

const COMMAND = fileURLToPath(new URL('../../bin/moongate.mjs', import.meta.url));

/** Runs the command in the gateway's folder, as an operator does. */
async function moongate(folder: string, ...args: string[]): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn(process.execPath, [COMMAND, ...args, '--config', join(folder, 'moongate.toml')], { cwd: folder });
  let said = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, said };
}

/** The gateway's config with one line changed. */
function rewrite(folder: string, from: string | RegExp, to: string): () => void {
  const file = join(folder, 'moongate.toml');
  const before = readFileSync(file, 'utf8');
  const changed = before.replace(from, to);
  assert.notEqual(changed, before);
  writeFileSync(file, changed);
  return () => writeFileSync(file, before);
}

scenes({}, (scene) => {
  scene('operate', 'check: all is well while it runs, and while it does not', async ({ gateway }) => {
    const running = await moongate(gateway.folder, 'check');
    assert.equal(running.code, 0, running.said);
    assert.match(running.said, /^ok {7}the gateway runs, its streams are online, and its networks can be reached$/m);
    await gateway.shutdown();
    try {
      const stopped = await moongate(gateway.folder, 'check');
      assert.equal(stopped.code, 0, stopped.said);
      assert.match(stopped.said, /^ok {7}telegram\.example\.org: Telegram can be reached$/m);
      assert.match(
        stopped.said,
        /^ok {7}loopback\.example\.org: the XMPP server at .* \((Prosody|ejabberd)\) accepts it$/m,
      );
    } finally {
      await gateway.restart();
    }
  });

  scene('operate', 'check: a wrong secret, in words and with what to do', async ({ gateway }, kind) => {
    await gateway.shutdown();
    const mend = rewrite(gateway.folder, /secret = "loopback-secret"/, 'secret = "another"');
    try {
      const { code, said } = await moongate(gateway.folder, 'check');
      assert.equal(code, 1);
      assert.match(
        said,
        /^PROBLEM {2}loopback\.example\.org: the XMPP server refused the secret of loopback\.example\.org/m,
      );
      assert.match(said, /^ +make the secret of loopback\.example\.org the same in the server and in/m);
      assert.equal(/Component "/.test(said), false);
      assert.equal(said.includes('below hosts:'), kind === 'ejabberd'); // it says the same to a name that it does not know
      assert.match(said, /^ok {7}telegram\.example\.org: the XMPP server/m);
    } finally {
      mend();
      await gateway.restart();
    }
  });

  scene('operate', 'check: what keeps the running gateway from its network is found by that one', async (world) => {
    const { gateway, server } = world;
    server.freeze();
    try {
      for (const until = performance.now() + 20_000; performance.now() < until;)
        if ((await gateway.health()).status === 503) break;
      const { code, said } = await moongate(gateway.folder, 'check');
      assert.equal(code, 1);
      assert.match(
        said,
        /^PROBLEM {2}the gateway that runs says: loopback\.example\.org: the XMPP server at .* says nothing$/m,
      );
    } finally {
      server.thaw();
    }
    const user = await world.login();
    await user.close();
  });

  scene('operate', 'check in a loop takes nothing from a gateway under load', async (world) => {
    const user = await world.loopbackUser();
    const streams = streamsOf(world);
    const ids: string[] = [];
    let checks = 0;
    const until = performance.now() + 8_000;
    const checking = (async () => {
      while (performance.now() < until) {
        const { code, said } = await moongate(world.gateway.folder, 'check');
        assert.equal(code, 0, said);
        checks += 1;
      }
    })();
    while (performance.now() < until) {
      for (let count = 0; count < 20; count++) ids.push(await write(user, ECHO, `message ${ids.length}`));
      await user.waitFor(receipt(ids.at(-1) ?? ''), { ms: 20_000 });
    }
    await checking;
    await user.body(`message ${ids.length - 1}`, { ms: 20_000 });
    assert.ok(checks > 0);
    assert.ok(ids.length > 100);
    assert.deepEqual(
      user.bodies(ECHO),
      ids.map((_, index) => `message ${index}`),
    );
    assert.equal(streamsOf(world), streams, 'a stream was lost');
  });

  scene(
    'operate',
    'a backup by the gateway that runs; restored, what waited is given back and not sent',
    backupAndRestore,
  );
});

/** How often a stream came online. */
const streamsOf = ({ gateway }: World): number => gateway.log().match(/"component online"/g)?.length ?? 0;

async function backupAndRestore(world: World): Promise<void> {
  const { gateway } = world;
  const file = join(gateway.folder, 'backup.db');
  const user = await world.loopbackUser();
  await deliver(user, ECHO, 'before');
  const stuck = await write(user, FLAKY, 'rate 3600s');
  const behind = await write(user, FLAKY, 'behind');
  // What was written before was taken before this was.
  await deliver(user, ECHO, 'a fence');
  const { code, said } = await moongate(gateway.folder, 'backup', file);
  assert.equal(code, 0, said);
  assert.match(said, /the gateway that runs wrote it/);
  const again = await moongate(gateway.folder, 'backup', file);
  assert.match(again.said, /exists: a backup never overwrites a file/);
  const refused = await moongate(gateway.folder, 'restore', file, '--force');
  assert.match(refused.said, /a gateway runs .*: stop it first/);
  await deliver(user, ECHO, 'after the backup');
  await gateway.shutdown();
  const restored = await moongate(gateway.folder, 'restore', file, '--force');
  assert.equal(restored.code, 0, restored.said);
  assert.match(restored.said, /^2 messages that waited/m);
  await gateway.restart();
  for (const id of [stuck, behind]) {
    assert.equal(told(await user.waitFor(errorFor(id))).error, 'wait remote-server-timeout uncertain');
  }
  await deliver(user, ECHO, 'and on');
  await user.body('and on');
  assert.equal(user.bodies(FLAKY).includes('behind'), false);
  await killedBackup(world);
}

/** SIGKILL of the gateway that writes a backup: no half file has its name, and nothing is lost. */
async function killedBackup({ gateway }: World): Promise<void> {
  const file = join(gateway.folder, 'killed.db');
  const asked = moongate(gateway.folder, 'backup', file);
  while (!existsSync(`${file}.part`) && !existsSync(file)) await new Promise(setImmediate);
  await gateway.kill();
  await asked;
  if (existsSync(file)) rmSync(file); // it was quicker; whole it is either way, as the unit test shows
  await gateway.restart();
  const { code, said } = await moongate(gateway.folder, 'backup', file);
  assert.equal(code, 0, said);
}

describe('a domain that is not configured', () => {
  for (const kind of servers)
    test(`operate [${kind.name}]: the lines that check prints, put where it says, mend it`, on(kind), async () => {
      const server = await kind.start({ components: { 'other.example.org': 'other-secret' } });
      after(() => server.stop());
      const folder = server.folder;
      writeFileSync(join(folder, 'moongate.toml'), config(server), { mode: 0o600 });
      assert.equal((await moongate(folder, 'key', join(folder, 'vault.key'))).code, 0);
      const { code, said } = await moongate(folder, 'check');
      assert.equal(code, 1, said);
      const lines = said.split('\n').flatMap((line) => /^ {11}( {2,}.*)$/.exec(line)?.[1] ?? []);
      addTo(server, lines.join('\n').replace(SECRET_HERE, 'loopback-secret'));
      await server.shutdown();
      await server.restart();
      const mended = await moongate(folder, 'check');
      assert.equal(mended.code, 0, mended.said);
    });
});

const config = (server: XmppServer): string => `[xmpp]
server = "127.0.0.1:${server.componentPort}"
[store]
path = "moongate.db"
key = { file = "vault.key" }
[transport."${LOOPBACK}"]
adapter = "loopback"
secret = "loopback-secret"
`;

/** Puts the lines where the command says: at the end for Prosody, below `hosts:` of the component port for ejabberd. */
function addTo({ kind, folder }: XmppServer, lines: string): void {
  const file = join(folder, kind === 'prosody' ? 'prosody.cfg.lua' : 'ejabberd.yml');
  const before = readFileSync(file, 'utf8');
  const after =
    kind === 'prosody' ? `${before}\n${lines}\n` : before.replace(/^ +hosts:\n/m, (hosts) => `${hosts}${lines}\n`);
  assert.notEqual(after, before);
  writeFileSync(file, after);
}
