// Rooms while the server takes less than there is to say: what the stream refuses is lost, so what is written in bulk waits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chamber, garden, RoomBench, short } from './room-bench.ts';
import { device } from './bench.ts';

test('R33: a join while the server is slow waits, and then has its end', async () => {
  await using room = await RoomBench.start();
  await room.archived(room.said('r', 'Hark'));
  room.bench.writable = false;
  const joining = [room.join(), room.join(chamber)];
  await room.settled();
  assert.deepEqual(room.bench.sent.map(short), []);
  room.bench.writable = true;
  room.bench.front.relieved();
  await Promise.all(joining);
  const all = ['+Romeo', '+Mercutio', '+Juliet', 'Romeo: Hark', 'subject Roses'];
  for (const to of [device, chamber])
    assert.deepEqual(room.bench.sent.filter(({ attrs }) => attrs['to'] === to).map(short), all);
});

test('R33: a join while the server is slow ends with the stream', async () => {
  await using room = await RoomBench.start();
  room.bench.writable = false;
  const joining = room.join();
  await room.settled();
  room.bench.writable = true; // there is no stream that anything could wait for
  room.bench.front.offline();
  await joining;
});

test('R47: who comes and goes while the server is slow is told when it takes more, and only if it matters still', async () => {
  await using room = await RoomBench.start();
  await room.join();
  room.bench.writable = false;
  const meanwhile = await room.during(() => {
    room.members([{ user: 't', name: 'Tybalt', role: 'member' }]);
    room.members([{ user: 'm', role: 'none' }]);
    room.members([{ user: 't', role: 'none' }]);
    room.members([{ user: 'b', name: 'Benvolio', role: 'member' }]);
  });
  assert.deepEqual(meanwhile.map(short), []);
  const heard = await room.during(() => {
    room.bench.writable = true;
    room.bench.front.relieved();
  });
  assert.deepEqual(heard.map(short), ['-Mercutio', '+Benvolio']);
});

test('R48: a page of the archive while the server is slow loses no row', async () => {
  await using room = await RoomBench.start();
  await room.archived(room.said('r', 'Hark'), room.said('m', 'Who?'));
  await room.join();
  room.bench.sent.length = 0;
  room.bench.writable = false;
  const asked = room.bench.ask('set', `<query xmlns='urn:xmpp:mam:2'/>`, garden);
  await room.settled();
  assert.equal(room.bench.sent.length, 0);
  room.bench.writable = true;
  room.bench.front.relieved();
  await asked;
  assert.deepEqual(
    room.bench.sent.map(({ name }) => name),
    ['message', 'message', 'iq'],
  );
});
