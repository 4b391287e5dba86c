// A client library that is none of ours talks with the gateway: what our own test client overlooks, it does not.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { on, servers } from '../server/index.ts';
import { ECHO, LOOPBACK, World } from './support.ts';

const script = fileURLToPath(new URL('./slixmpp/conversation.py', import.meta.url));
const library = '/usr/lib/python3/dist-packages/slixmpp/__init__.py';
const worlds: World[] = [];
after(async () => {
  for (const world of worlds) await world[Symbol.asyncDispose]();
});

for (const kind of servers) {
  const missing = existsSync(library) || process.env['CI'] === 'true' ? undefined : 'slixmpp is not installed';
  const options = missing === undefined ? on(kind) : { skip: `${missing} (apt install python3-slixmpp)` };
  test(`R7, R8, R25 [${kind.name}]: slixmpp registers, writes, and gets answer and receipt`, options, async () => {
    const world = await World.start(kind, {});
    worlds.push(world);
    const name = world.name();
    const args = [
      script,
      `${name}@${world.server.host}/slixmpp`,
      name,
      String(world.server.clientPort),
      LOOPBACK,
      ECHO,
    ];
    const child = spawn('/usr/bin/python3', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await new Promise((resolve) => child.once('exit', resolve));
    assert.deepEqual(JSON.parse(output), {
      identities: [['gateway', 'loopback']],
      fields: ['FORM_TYPE'],
      receipt: 'slixmpp-1',
      answer: 'hello from slixmpp',
      subscription: 'both',
    });
  });
}
