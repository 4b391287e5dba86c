// A client library that is none of ours in a room: what our own test client overlooks, it does not.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { on, servers } from '../server/index.ts';
import { direct, garden, join, speaks } from './room-acts.ts';
import { World } from './support.ts';

const script = fileURLToPath(new URL('./slixmpp/room_requests.py', import.meta.url));
const library = '/usr/lib/python3/dist-packages/slixmpp/__init__.py';
const worlds: World[] = [];
after(async () => {
  for (const world of worlds) await world[Symbol.asyncDispose]();
});

for (const kind of servers) {
  const missing = existsSync(library) || process.env['CI'] === 'true' ? undefined : 'slixmpp is not installed';
  const options = missing === undefined ? on(kind) : { skip: `${missing} (apt install python3-slixmpp)` };
  test(
    `R32, R33, R43, R49 [${kind.name}]: slixmpp finds a room, comes in and pages through its archive`,
    options,
    async () => {
      const world = await World.start(kind, {});
      worlds.push(world);
      const user = await world.puppetUser();
      await join(user);
      await direct(user, ...['one', 'two', 'three', 'four', 'five'].map((word) => speaks('romeo', word)));
      await user.body('five');
      const name = user.bare.split('@')[0] ?? '';
      const args = [script, `${user.bare}/slixmpp`, name, String(world.server.clientPort), garden, 'Juliet'];
      const child = spawn('/usr/bin/python3', args, { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await new Promise((resolve) => child.once('exit', resolve));
      assert.deepEqual(JSON.parse(output), {
        identities: [['conference', 'text']],
        archive: true,
        roster: ['Juliet', 'Mercutio', 'Romeo'],
        affiliation: 'admin',
        owners: 1,
        name: 'The garden',
        ping: true,
        forwards: [['one', 'two'], ['three', 'four'], ['five']],
        backwards: [['four', 'five'], ['two', 'three'], ['one']],
      });
    },
  );
}
