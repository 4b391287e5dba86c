// Who has no time: people in a room, and the user himself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hint } from '../../../src/adapter/api.ts';
import type { Element } from '../../../src/xmpp/stanza.ts';
import { device } from './bench.ts';
import { garden, RoomBench, short } from './room-bench.ts';

const shown = (stanza: Element): unknown => [short(stanza), stanza.getChildText('show'), stanza.getChildText('status')];

test('who is away on the network is away in the room, once, until he is back', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const hears = (hint: Omit<Hint & { type: 'presence' }, 'type'>): Promise<readonly Element[]> =>
    room.during(() => room.bench.front.hint(room.account, { type: 'presence', ...hint }));
  assert.deepEqual((await hears({ user: 'm', show: 'away', text: 'at lunch' })).map(shown), [
    ['+Mercutio', 'away', 'at lunch'],
  ]);
  assert.deepEqual(await hears({ user: 'm', show: 'away', text: 'at lunch' }), [], 'said again');
  assert.deepEqual(await hears({ user: 'nobody', show: 'away' }), []);
  const promoted = await room.during(() => room.members([{ user: 'm', role: 'moderator' }]));
  assert.deepEqual(promoted.map(shown), [['+Mercutio', 'away', 'at lunch']], 'also with another role');
  assert.deepEqual((await hears({ user: 'm', show: 'busy' })).map(shown), [['+Mercutio', 'dnd', null]]);
  assert.deepEqual((await hears({ user: 'm', show: 'online' })).map(shown), [['+Mercutio', null, null]]);
});

test('what a user says of his own time goes to the network', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const says = (inside: string) => room.caused(`<presence from='${device}' to='${garden}/Juliet'>${inside}</presence>`);
  await says('<show>xa</show><status>asleep</status>');
  await says('<show>dnd</show>');
  await says('<show>chat</show>');
  assert.deepEqual(room.bench.back.hints, [
    { type: 'presence', show: 'away', text: 'asleep' },
    { type: 'presence', show: 'busy' },
    { type: 'presence', show: 'online' },
  ]);
});
