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

test('R33: a join that meets the end of the stream has its own on the next one', async () => {
  await using room = await RoomBench.start();
  room.bench.writable = false;
  const joining = room.join();
  await room.settled();
  room.bench.front.offline();
  room.bench.writable = true;
  const heard = await room.during(async () => {
    await room.bench.front.online();
    await joining;
  });
  const told = heard.filter(({ name, attrs }) => name !== 'iq' && attrs['from']?.startsWith(garden));
  assert.deepEqual(told.map(short), ['+Romeo', '+Mercutio', '+Juliet', 'subject Roses']);
});

test('R33: who came in a moment before the stream broke hears the subject once more: he may be waiting for it', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const comeback = (): Promise<readonly string[]> =>
    room
      .during(() => {
        room.bench.front.offline();
        return room.bench.front.online();
      })
      .then((heard) => heard.map(short).filter((one) => one.startsWith('subject')));
  assert.deepEqual(await comeback(), ['subject Roses']);
  room.bench.clock.advance(20_000);
  assert.deepEqual(await comeback(), []);
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
