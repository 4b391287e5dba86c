// Commands of a network's own: at the gateway, at a contact, in a room and in the chat with the gateway.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Capability, NetworkCommand } from '../../../src/link.ts';
import type { Element } from '../../../src/xmpp/stanza.ts';
import { condition, device, domain, juliet } from './bench.ts';
import { garden, RoomBench } from './room-bench.ts';

const NS = 'http://jabber.org/protocol/commands';
const INFO = 'http://jabber.org/protocol/disco#info';
const ITEMS = 'http://jabber.org/protocol/disco#items';
const romeo = `romeo@${domain}`;
const stranger = 'paris@example.org/hall';

const nick = { name: 'nick', label: 'Nick' };
const network: readonly NetworkCommand[] = [
  { id: 'whois', title: 'Who is somebody', on: 'account', fields: [nick] },
  { id: 'status', title: 'State of the network', on: 'account', fields: [] },
  { id: 'poke', title: 'Poke', on: 'contact', fields: [] },
  { id: 'ban', title: 'Ban a mask', on: 'room', fields: [{ name: 'mask', label: 'Mask' }] },
];

/** A user in the garden whose network offers these. */
async function start(t: TestContext, offered = network): Promise<RoomBench> {
  const room = await RoomBench.start();
  t.after(() => room[Symbol.asyncDispose]());
  const places = offered.flatMap(({ on }): Capability[] =>
    on === 'contact' ? ['contactCommands'] : on === 'room' ? ['roomCommands'] : [],
  );
  room.bench.back.offered = offered;
  room.bench.back.now = { state: 'online', self: 'romeo', can: ['send', ...places] };
  room.bench.front.session(room.account, room.bench.back.now);
  await room.settled();
  return room;
}

const listed = async ({ bench }: RoomBench, to: string): Promise<readonly (readonly string[])[]> => {
  const answer = await bench.ask('get', `<query xmlns='${ITEMS}' node='${NS}'/>`, to);
  const items = answer.getChild('query', ITEMS)?.getChildren('item') ?? [];
  return items.map(({ attrs }) => [attrs['jid'] ?? '', attrs['node'] ?? '', attrs['name'] ?? '']);
};
const announces = async ({ bench }: RoomBench, to: string): Promise<boolean> => {
  const answer = await bench.ask('get', `<query xmlns='${INFO}'/>`, to);
  const all = answer.getChild('query', INFO)?.getChildren('feature') ?? [];
  return all.some(({ attrs }) => attrs['var'] === NS);
};
const execute = ({ bench }: RoomBench, to: string, node: string, from = device): Promise<Element> =>
  bench.ask('set', `<command xmlns='${NS}' node='${node}' action='execute'/>`, to, from);
const submit = ({ bench }: RoomBench, to: string, node: string, session: string, field: string): Promise<Element> =>
  bench.ask(
    'set',
    `<command xmlns='${NS}' node='${node}' sessionid='${session}'><x xmlns='jabber:x:data' type='submit'>` +
      `<field var='${field}'><value>rose</value></field></x></command>`,
    to,
  );
const session = (answer: Element): string => answer.getChild('command', NS)?.attrs['sessionid'] ?? '';
const note = (answer: Element): string => answer.getChild('command', NS)?.getChildText('note') ?? '';
const runs = ({ bench }: RoomBench): readonly string[] => bench.back.calls.filter((call) => call.startsWith('run '));

test('each place lists its own commands, under nodes that no command of ours has', async (t) => {
  const room = await start(t);
  const gateway = await listed(room, domain);
  assert.deepEqual(
    gateway.filter(([, node]) => node?.startsWith('network/')),
    [
      [domain, 'network/whois', 'Who is somebody'],
      [domain, 'network/status', 'State of the network'],
    ],
  );
  assert(gateway.some(([, node]) => node === 'status'));
  assert.deepEqual(await listed(room, romeo), [[romeo, 'network/poke', 'Poke']]);
  assert.deepEqual(await listed(room, garden), [[garden, 'network/ban', 'Ban a mask']]);
  const asked = `<query xmlns='${INFO}' node='network/ban'/>`;
  const told = (await room.bench.ask('get', asked, garden)).getChild('query', INFO)?.getChild('identity');
  assert.deepEqual([told?.attrs['type'], told?.attrs['name']], ['command-node', 'Ban a mask']);
});

test('a contact and a room announce commands only where the network has some for them', async (t) => {
  const some = await start(t);
  assert.deepEqual([await announces(some, romeo), await announces(some, garden)], [true, true]);
  const none = await start(t, network.slice(0, 2));
  assert.deepEqual([await announces(none, romeo), await announces(none, garden)], [false, false]);
  assert.equal(await announces(none, domain), true);
  assert.deepEqual(await listed(none, garden), []);
});

test('a command runs for its place, after a form where it has fields; its answer is a note', async (t) => {
  const room = await start(t);
  const asked = await execute(room, garden, 'network/ban');
  assert.equal(asked.getChild('command', NS)?.getChild('x')?.getChild('field')?.attrs['var'], 'mask');
  assert.equal(note(await submit(room, garden, 'network/ban', session(asked), 'mask')), 'ban is done');
  assert.equal(note(await execute(room, romeo, 'network/poke')), 'poke is done');
  assert.equal(note(await execute(room, domain, 'network/status')), 'status is done');
  assert.deepEqual(runs(room), [
    `run ${room.account} ban {"mask":"rose"} group/garden`,
    `run ${room.account} poke {} direct/romeo`,
    `run ${room.account} status {}`,
  ]);
});

test('a command belongs to its place: neither node nor session is good anywhere else', async (t) => {
  const room = await start(t);
  for (const [to, node] of [
    [garden, 'network/poke'],
    [romeo, 'network/ban'],
    [domain, 'network/ban'],
    [garden, 'status'],
    [romeo, 'logout'],
  ] as const)
    assert.equal(condition(await execute(room, to, node)), 'item-not-found', `${node} at ${to}`);
  await room.write('chat', 'group/orchard', { joined: true });
  const asked = session(await execute(room, garden, 'network/ban'));
  const elsewhere = await submit(room, `#orchard@${domain}`, 'network/ban', asked, 'mask');
  assert(elsewhere.getChild('error')?.getChild('bad-sessionid', NS));
  assert.deepEqual(runs(room), []);
});

test('nobody runs commands but for an account of his own', async (t) => {
  const room = await start(t);
  assert.equal(condition(await execute(room, garden, 'network/ban', stranger)), 'forbidden');
  assert.equal(condition(await execute(room, romeo, 'network/poke', stranger)), 'registration-required');
  assert.equal(condition(await execute(room, domain, 'network/status', stranger)), 'item-not-found');
  assert.deepEqual(runs(room), []);
});

test('a session that is not up offers nothing, and what is asked of it says so', async (t) => {
  const room = await start(t);
  room.bench.back.offered = 'offline';
  assert.deepEqual(await listed(room, garden), []);
  assert((await listed(room, domain)).every(([, node]) => node?.startsWith('network/') === false));
  for (const [to, node] of [
    [garden, 'network/ban'],
    [domain, 'network/whois'],
  ] as const)
    assert.equal((await execute(room, to, node)).getChild('error')?.attrs['type'], 'wait');
});

test('the chat with the gateway takes them by their words; ours come first', async (t) => {
  const room = await start(t);
  const say = async (line: string): Promise<string> => {
    const message = `<message from='${juliet}/balcony' to='${domain}' type='chat'><body>${line}</body></message>`;
    return (await room.caused(message)).map((stanza) => stanza.getChildText('body') ?? '').join('\n');
  };
  assert.equal(await say('whois'), 'Who is somebody\nWrite "stop" to give up.\nNick:');
  assert.equal(await say('rose'), 'whois is done');
  assert.equal(await say('Whois romeo'), 'whois is done');
  assert.match(await say('status'), /online|connected/i);
  assert.equal(await say('network/status'), 'status is done');
  assert.match(await say('ban'), /do not know/);
  assert.match(await say('help'), /^whois: Who is somebody$[^]*^network\/status: State of the network$/m);
  assert.deepEqual(runs(room), [
    `run ${room.account} whois {"nick":"rose"}`,
    `run ${room.account} whois {"nick":"romeo"}`,
    `run ${room.account} status {}`,
  ]);
  room.bench.back.offered = 'offline';
  assert.match(await say('whois romeo'), /do not know/);
});
