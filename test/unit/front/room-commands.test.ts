// Rooms by the chat with the gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkError, type Capability } from '../../../src/link.ts';
import { device, domain } from './bench.ts';
import { garden, RoomBench } from './room-bench.ts';

const able: readonly Capability[] = ['send', 'rooms', 'join', 'leave', 'create'];

/** Says something to the gateway and reads its answer. */
async function say(room: RoomBench, line: string): Promise<string> {
  const heard = await room.caused(
    `<message from='${device}' to='${domain}' type='chat'><body>${line}</body></message>`,
  );
  return heard.map((stanza) => stanza.getChildText('body') ?? '').join('\n');
}

async function start(can: readonly Capability[] = able): Promise<RoomBench> {
  const room = await RoomBench.start();
  room.bench.front.session(room.account, { state: 'online', can });
  await room.settled();
  return room;
}

test('the rooms that a user is in, and those that the network finds', async () => {
  await using room = await start();
  room.bench.back.rooms = async (_account, query) => ({
    rooms: [{ chat: { kind: 'group', id: 'orchard' }, name: `Orchard of ${query}`, note: 'apples' }],
  });
  assert.match(await say(room, 'rooms'), new RegExp(`The garden: ${garden}`));
  assert.equal(await say(room, 'Capulet'), `Orchard of Capulet: #orchard@${domain} (apples)`);
});

test('into a room, by its address or its name, with a password', async () => {
  await using room = await start();
  const { back } = room.bench;
  const open = back.join.bind(back);
  back.join = async (account, id, password) => {
    if (id === 'vault' && password !== 'rose') throw new LinkError({ code: 'invalid' });
    await open(account, id, password);
  };
  await say(room, `join #vault@${domain}`);
  assert.match(await say(room, 'rose'), new RegExp(`#vault@${domain}`));
  await say(room, 'join #tomb');
  const joins = room.bench.back.calls.filter((call) => call.startsWith('join'));
  assert.deepEqual(joins, ['join vault rose', 'join tomb']);
});

test('out of a room, and into a new one', async () => {
  await using room = await start();
  await say(room, 'leave The garden');
  await say(room, 'create Verona');
  const { calls } = room.bench.back;
  assert.deepEqual(
    calls.filter((call) => /^(leave|create)/.test(call)),
    ['leave garden', 'create Verona'],
  );
});

test('where a network has no rooms there are no such words', async () => {
  await using room = await start(['send']);
  assert.doesNotMatch(await say(room, 'help'), /^(rooms|join|leave|create):/m);
});
