// A client library that is none of ours talks with the gateway: what our own test client overlooks, it does not.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { on, servers } from '../server/index.ts';
import { direct, garden, join, speaks } from './room-acts.ts';
import { ECHO, LOOPBACK, World } from './support.ts';

const library = '/usr/lib/python3/dist-packages/slixmpp/__init__.py';

/** What the script of that name reports of this user. */
async function play({ server }: World, user: string, script: string, ...places: readonly string[]): Promise<unknown> {
  const file = fileURLToPath(new URL(`./slixmpp/${script}.py`, import.meta.url));
  // Without -B it would leave compiled files beside the scripts.
  const args = ['-B', file, `${user}@${server.host}/slixmpp`, user, String(server.clientPort), ...places];
  const child = spawn('/usr/bin/python3', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(output);
}

for (const kind of servers) {
  const missing = existsSync(library) || process.env['CI'] === 'true' ? undefined : 'slixmpp is not installed';
  const options = missing === undefined ? on(kind) : { skip: `${missing} (apt install python3-slixmpp)` };
  describe(kind.name, options, () => {
    let world: World;
    before(async () => void (world = await World.start(kind, {})));
    after(() => world[Symbol.asyncDispose]());

    test(`R7, R8, R25 [${kind.name}]: slixmpp registers, writes, and gets answer and receipt`, async () => {
      assert.deepEqual(await play(world, world.name(), 'conversation', LOOPBACK, ECHO), {
        identities: [['gateway', 'loopback']],
        fields: ['FORM_TYPE'],
        receipt: 'slixmpp-1',
        answer: 'hello from slixmpp',
        subscription: 'both',
      });
    });

    test(`R33, R38, R48 [${kind.name}]: slixmpp enters a room, talks there and reads its archive`, async () => {
      assert.deepEqual(await play(world, world.name(), 'room', LOOPBACK, `#garden@${LOOPBACK}`), {
        own: [110, 170],
        people: ['Clock', 'Echo', 'Warden', 'luna'],
        roster: ['Clock', 'Echo', 'Warden', 'luna'],
        subject: true,
        reflected: ['luna', 'helo from slixmpp', 'slixmpp-1'],
        answer: ['Echo', 'helo from slixmpp'],
        named: true,
        corrected: [
          ['Echo', 'hello from slixmpp'],
          ['luna', 'hello from slixmpp'],
        ],
        archive: [
          ['Echo', 'hello from slixmpp'],
          ['Echo', 'helo from slixmpp'],
          ['Warden', 'Welcome to the garden.'],
          ['luna', 'hello from slixmpp'],
          ['luna', 'helo from slixmpp'],
        ],
      });
    });

    test(`R32, R33, R43, R49 [${kind.name}]: slixmpp finds a room, comes in and pages through its archive`, async () => {
      const user = await world.puppetUser();
      await join(user);
      await direct(user, ...['one', 'two', 'three', 'four', 'five'].map((word) => speaks('romeo', word)));
      await user.body('five');
      assert.deepEqual(await play(world, user.bare.split('@')[0] ?? '', 'room_requests', garden, 'Juliet'), {
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
    });
  });
}
