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

test('a search that finds no room says so of rooms, not of people', async () => {
  await using room = await start();
  room.bench.back.rooms = async () => ({ rooms: [] });
  assert.match(await say(room, 'rooms Capulet'), /There is no room "Capulet"/);
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
  assert.match(await say(room, 'create'), /called\?$/, 'a question keeps its one mark');
  await say(room, 'Verona');
  const { calls } = room.bench.back;
  assert.deepEqual(
    calls.filter((call) => /^(leave|create)/.test(call)),
    ['leave garden', 'create Verona'],
  );
});

test('what leaving a room means is said for all rooms at once, and for one in its own form', async () => {
  await using room = await start();
  const { calls } = room.bench.back;
  const left = (): number => calls.filter((call) => call === 'leave garden').length;
  const inAndOut = async (): Promise<number> => {
    await room.join();
    await room.caused(`<presence type='unavailable' from='${device}' to='${garden}/Juliet'/>`);
    return left();
  };
  assert.equal(await inAndOut(), 0, 'a room that is closed is not left');
  assert.match(await say(room, 'leaving'), /I stay in the group/);
  assert.match(await say(room, 'I leave the group on the network'), /Saved/);
  assert.equal(await inAndOut(), 1);
  const form =
    `<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>` +
    `<field var='{urn:moongate:room:1}leave'><value>0</value></field></x></query>`;
  assert.equal((await room.bench.ask('set', form, garden)).attrs['type'], 'result');
  assert.equal(await inAndOut(), 1, 'this room says something else');
});

test('where a network has no rooms there are no such words', async () => {
  await using room = await start(['send']);
  assert.doesNotMatch(await say(room, 'help'), /^(rooms|join|leave|create):/m);
});
