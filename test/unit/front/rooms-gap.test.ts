// The stream or the gateway was away: nobody is a ghost, and nothing is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device, domain } from './bench.ts';
import { codes, garden, people, RoomBench, short } from './room-bench.ts';

const presences = (room: RoomBench, from: number) =>
  room.bench.sent
    .slice(from)
    .filter((stanza) => stanza.is('presence') && stanza.attrs['from']?.startsWith(garden) === true);

test('R42: after a short gap of the stream the room goes on; who went meanwhile is shown as gone', async () => {
  await using room = await RoomBench.start();
  await room.join();
  room.bench.front.offline();
  room.members([{ user: 'm', role: 'none' }]);
  room.bench.clock.advance(59_000);
  const before = room.bench.sent.length;
  await room.bench.front.online();
  const shown = presences(room, before).map(short);
  assert(shown.includes('-Mercutio'));
  assert(!shown.includes('-Juliet'));
  assert.equal(room.shows(room.said('r', 'Still here')).length, 1);
});

test('R42: after a longer gap all are out, with 332', async () => {
  await using room = await RoomBench.start();
  await room.join();
  room.bench.front.offline();
  room.bench.clock.advance(60_000);
  const before = room.bench.sent.length;
  await room.bench.front.online();
  assert.deepEqual(presences(room, before).map(short), ['-Juliet']);
  assert.deepEqual(presences(room, before).map(codes), [['110', '332']]);
  assert.deepEqual(room.shows(room.said('r', 'Anybody?')), []);
});

test('R42: a restart of the gateway is a gap like any other: its devices are known, and who is gone is not there', async () => {
  await using room = await RoomBench.start();
  await room.join();
  room.bench.clock.advance(10_000);
  await room.settled();
  room.bench.front.offline();
  await room.bench.restart();
  room.bench.clock.advance(30_000);
  const before = room.bench.sent.length;
  await room.bench.front.online();
  assert.equal(room.shows(room.said('r', 'Hark')).map(short).at(-1), 'Romeo: Hark');
  room.members(
    people.filter(({ user }) => user !== 'm'),
    true,
  );
  await room.settled();
  const shown = presences(room, before).map(short);
  assert(shown.includes('-Mercutio') && shown.includes('+Romeo'), shown.join());
});

test('R42: who went as the gateway was killed, before that was in the snapshot of the room, is no ghost', async () => {
  await using room = await RoomBench.start();
  await room.join();
  await room.settled();
  const told = [{ members: [{ user: 'm', role: 'none' }] }];
  await room.write('member', 'lately/group/garden', told);
  await room.bench.restart();
  const before = room.bench.sent.length;
  await room.bench.front.online();
  const shown = presences(room, before).map(short);
  assert(shown.includes('-Mercutio') && shown.includes('+Romeo'), shown.join());
  await room.write('member', 'lately/group/garden', []);
  await room.bench.restart();
  await room.bench.front.online();
  assert(!(await room.join(undefined, 'Juliet')).map(short).includes('+Mercutio'), 'and stays so');
});

test('R42: after a restart that took too long all are out', async () => {
  await using room = await RoomBench.start();
  await room.join();
  room.bench.clock.advance(10_000);
  await room.settled();
  await room.bench.restart();
  room.bench.clock.advance(61_000);
  const before = room.bench.sent.length;
  await room.bench.front.online();
  assert.deepEqual(presences(room, before).map(codes), [['110', '332']]);
  await room.bench.restart();
  await room.bench.front.online();
  assert.deepEqual(room.shows(room.said('r', 'Anybody?')), [], 'and stay so');
});

test('R42: a device that a server does not know any more after a gap is out (333)', async () => {
  await using room = await RoomBench.start();
  await room.join();
  room.bench.front.offline();
  const before = room.bench.sent.length;
  await room.bench.front.online();
  const ping = room.bench.sent.slice(before).find((stanza) => stanza.getChild('ping') && stanza.attrs['to'] === device);
  assert(ping);
  const heard = await room.caused(
    `<iq type='error' id='${ping.attrs['id'] ?? ''}' from='${device}' to='${domain}'><error type='cancel'>` +
      `<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
  );
  assert.deepEqual(heard.map(codes), [['110', '333']]);
});

test('R33: what is said while a device is given its history comes behind it, once', async () => {
  await using room = await RoomBench.start();
  const old = room.said('r', 'old');
  const fresh = room.said('r', 'fresh');
  await room.archived(old);
  const { store } = room.bench;
  const archive = store.archive.bind(store);
  store.archive = async (query) => {
    const page = await archive(query);
    // Their turns in the lane come just now: one is in the history already, one is not.
    assert.deepEqual([...room.shows(old), ...room.shows(fresh)], []);
    return page;
  };
  const heard = await room.join();
  assert.deepEqual(heard.slice(-3).map(short), ['Romeo: old', 'subject Roses', 'Romeo: fresh']);
  assert.deepEqual(room.shows(old), [], 'the history had it');
});
