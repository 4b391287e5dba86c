// The archive of a room, as its owner's clients ask for it.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { LinkError } from '../../../src/link.ts';
import type { Element } from '../../../src/xmpp/stanza.ts';
import { condition, device, juliet } from './bench.ts';
import { garden, RoomBench } from './room-bench.ts';

const NS = 'urn:xmpp:mam:2';
const form = (fields: Readonly<Record<string, string | readonly string[]>>): string =>
  `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>${NS}</value></field>` +
  Object.entries(fields)
    .map(
      ([name, value]) =>
        `<field var='${name}'>${[value]
          .flat()
          .map((each) => `<value>${each}</value>`)
          .join('')}</field>`,
    )
    .join('') +
  `</x>`;
const set = (inside: string): string => `<set xmlns='http://jabber.org/protocol/rsm'>${inside}</set>`;

/** A room in which a, b, c, ... were said a second apart; every third word by juliet, the others by Romeo and Mercutio. */
class Archived {
  readonly rooms: RoomBench;
  readonly ids: readonly string[];
  /** When the first was said. */
  readonly began: number;

  private constructor(rooms: RoomBench, ids: readonly string[], began: number) {
    this.rooms = rooms;
    this.ids = ids;
    this.began = began;
  }

  static async with(t: TestContext, words: string): Promise<Archived> {
    const rooms = await RoomBench.start();
    t.after(() => rooms[Symbol.asyncDispose]());
    const authors = ['r', 'm', null];
    const began = rooms.bench.clock.now();
    const bodies = [...words].map((word, index) => {
      rooms.bench.clock.advance(1_000);
      return rooms.said(authors[index % 3] ?? null, word);
    });
    await rooms.archived(...bodies);
    const ids = bodies.map((body) => ('archived' in body ? (body.archived ?? '') : ''));
    return new Archived(rooms, ids, began + 1_000);
  }

  /** The time of a word, as a client writes it. */
  time(index: number): string {
    return new Date(this.began + 1_000 * index).toISOString();
  }

  id(word: number): string {
    return this.ids[word] ?? 'none';
  }

  /** Asks, and reads the results that came before the answer. */
  async ask(inside: string, from = device): Promise<{ readonly told: readonly Element[]; readonly answer: Element }> {
    const { bench } = this.rooms;
    const before = bench.sent.length;
    const answer = await bench.ask('set', `<query xmlns='${NS}' queryid='q'>${inside}</query>`, garden, from);
    const sent = bench.sent.slice(before);
    assert.equal(sent.at(-1), answer, 'results precede the answer');
    return { told: sent.slice(0, -1), answer };
  }

  /** What comes, in short: words, a dot where that is all, number of the first and count. */
  async short(inside: string): Promise<string> {
    const { told, answer } = await this.ask(inside);
    if (answer.attrs['type'] === 'error') return condition(answer) ?? '';
    const fin = answer.getChild('fin', NS);
    const page = fin?.getChild('set');
    const words = told.map((message) => saidIn(message).getChildText('body') ?? '?').join('');
    const first = page?.getChild('first');
    const [index = '', count = ''] = [first?.attrs['index'], page?.getChildText('count') ?? undefined];
    return `${words}${fin?.attrs['complete'] === 'true' ? '.' : ''} ${index}/${count}`;
  }
}

const resultIn = (message: Element): Element => {
  const result = message.getChild('result', NS);
  assert(result, message.toString());
  return result;
};
const saidIn = (message: Element): Element => {
  const said = resultIn(message).getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message');
  assert(said);
  return said;
};

test('R48: a row is told as it was said, under the id that is its stanza-id', async (t) => {
  const archived = await Archived.with(t, 'abc');
  const { told, answer } = await archived.ask('');
  const [message] = told;
  assert(message);
  assert.equal(message.attrs['from'], garden);
  assert.equal(message.attrs['to'], device);
  const result = resultIn(message);
  assert.equal(result.attrs['queryid'], 'q', 'the query is named');
  assert.equal(result.attrs['id'], archived.id(0));
  const said = saidIn(message);
  assert.deepEqual(
    [said.attrs['from'], said.attrs['type'], said.attrs['xmlns'], said.getChildText('body')],
    [`${garden}/Romeo`, 'groupchat', 'jabber:client', 'a'],
  );
  const stanzaId = said.getChild('stanza-id', 'urn:xmpp:sid:0');
  assert.deepEqual([stanzaId?.attrs['by'], stanzaId?.attrs['id']], [garden, archived.id(0)]);
  assert(said.getChild('occupant-id', 'urn:xmpp:occupant-id:0'));
  const delay = result.getChild('forwarded')?.getChild('delay', 'urn:xmpp:delay');
  assert.equal(delay?.attrs['stamp'], archived.time(0));
  assert.equal(answer.getChild('fin', NS)?.attrs['queryid'], 'q');
  const page = answer.getChild('fin', NS)?.getChild('set');
  assert.deepEqual([page?.getChildText('first'), page?.getChildText('last')], [archived.id(0), archived.id(2)]);
});

test('R49: pages forwards and backwards, counts, and their ends', async (t) => {
  const archived = await Archived.with(t, 'abcde');
  const id = (word: number): string => archived.id(word);
  const expected: readonly (readonly [string, string])[] = [
    ['', 'abcde. 0/5'],
    [set('<max>2</max>'), 'ab 0/5'],
    [set(`<max>2</max><after>${id(1)}</after>`), 'cd 2/5'],
    [set(`<max>2</max><after>${id(3)}</after>`), 'e. 4/5'],
    [set(`<max>2</max><after>${id(4)}</after>`), '. /5'],
    [set('<max>2</max><before/>'), 'de /5'],
    [set(`<max>2</max><before>${id(3)}</before>`), 'bc /5'],
    [set(`<max>2</max><before>${id(1)}</before>`), 'a. /5'],
    [set('<max>2</max><index>3</index>'), 'de. 3/5'],
    [set('<max>0</max>'), ' /5'],
    [set('<max>ten</max>'), 'bad-request'],
    [set('<after>nothing</after>'), 'item-not-found'],
    [set('<before>nothing</before>'), 'item-not-found'],
  ];
  for (const [asked, told] of expected) assert.equal(await archived.short(asked), told, asked);
});

test('R49: a page holds no more than the gateway gives, however much is asked for', async (t) => {
  const archived = await Archived.with(t, 'x'.repeat(300));
  assert.equal((await archived.ask('')).told.length, 50);
  assert.equal((await archived.ask(set('<max>1000000</max>'))).told.length, 250);
});

test('R50: filters by time, by rows and by ids', async (t) => {
  const archived = await Archived.with(t, 'abcde');
  const at = (index: number): string => archived.time(index);
  const id = (word: number): string => archived.id(word);
  const expected: readonly (readonly [string, string])[] = [
    [form({}), 'abcde. 0/5'],
    [form({ start: at(1) }), 'bcde. 0/4'],
    [form({ end: at(3) }), 'abcd. 0/4'],
    [form({ start: at(1), end: at(3) }) + set('<max>1</max><before/>'), 'd /3'],
    [form({ 'after-id': id(0), 'before-id': id(4) }), 'bcd. 0/3'],
    [form({ 'after-id': 'nothing' }), 'item-not-found'],
    [form({ ids: [id(3), id(1)] }), 'bd. 0/2'],
    [form({ ids: [id(3), 'nothing'] }), 'item-not-found'],
    [form({ start: 'yesterday' }), 'bad-request'],
    [form({ colour: 'red' }), 'feature-not-implemented'],
    [`<x xmlns='jabber:x:data' type='submit'/>`, 'bad-request'],
  ];
  for (const [asked, told] of expected) assert.equal(await archived.short(asked), told, asked);
});

test('R50: filters by who said it, of whom nobody counts how much', async (t) => {
  const archived = await Archived.with(t, 'abcdef');
  const expected: readonly (readonly [string, string])[] = [
    [form({ with: `${garden}/Romeo` }), 'ad. /'],
    [form({ with: `${garden}/Romeo` }) + set('<max>1</max>'), 'a /'],
    [form({ with: `${garden}/Juliet` }), 'cf. /'],
    [form({ with: juliet }), 'cf. /'],
    [form({ with: `m@net.example.org` }), 'be. /'],
    [form({ with: `${garden}/Nobody` }), '. /'],
    [form({ with: garden }), 'abcdef. 0/6'],
    [form({ with: `${garden}/Romeo` }) + set('<index>1</index>'), 'feature-not-implemented'],
  ];
  for (const [asked, told] of expected) assert.equal(await archived.short(asked), told, asked);
});

test('R50: a flipped page is told from its end, and is the same page', async (t) => {
  const archived = await Archived.with(t, 'abcde');
  assert.equal(await archived.short(`${set('<max>3</max><before/>')}<flip-page/>`), 'edc /5');
});

test('R50: the form names the fields', async (t) => {
  const archived = await Archived.with(t, '');
  const answer = await archived.rooms.bench.ask('get', `<query xmlns='${NS}'/>`, garden);
  const fields = answer.getChild('query', NS)?.getChild('x', 'jabber:x:data')?.getChildren('field') ?? [];
  assert.deepEqual(
    fields.map(({ attrs }) => attrs['var']),
    ['FORM_TYPE', 'with', 'start', 'end', 'before-id', 'after-id', 'ids'],
  );
});

test('R50: metadata name both ends, and none of an empty archive', async (t) => {
  const ask = async (archived: Archived): Promise<Element | undefined> =>
    (await archived.rooms.bench.ask('get', `<metadata xmlns='${NS}'/>`, garden)).getChild('metadata', NS);
  const archived = await Archived.with(t, 'abc');
  const told = await ask(archived);
  const ends = ['start', 'end'].map((name) => told?.getChild(name)?.attrs);
  assert.deepEqual(ends, [
    { id: archived.id(0), timestamp: archived.time(0) },
    { id: archived.id(2), timestamp: archived.time(2) },
  ]);
  assert.deepEqual((await ask(await Archived.with(t, '')))?.children, []);
});

test('R51: only the one whose room it is may read, and only as long as he has an account', async (t) => {
  const archived = await Archived.with(t, 'abc');
  const refused = async (from: string): Promise<string | undefined> => condition((await archived.ask('', from)).answer);
  assert.equal(await refused('tybalt@example.org/x'), 'forbidden');
  await archived.rooms.bench.register('nurse@example.org/x');
  assert.equal(await refused('nurse@example.org/x'), 'item-not-found', 'his own room of that group has nothing');
  assert.equal((await archived.ask('', `${juliet}/elsewhere`)).told.length, 3, 'from any device, joined or not');
  await archived.rooms.bench.ask('set', `<query xmlns='jabber:iq:register'><remove/></query>`);
  assert.match((await refused(device)) ?? '', /forbidden|registration-required/);
});

test('R51: what is older is fetched from a network that has it, once a page reaches the old end', async (t) => {
  const archived = await Archived.with(t, 'de');
  const { bench, account } = archived.rooms;
  bench.back.now = { state: 'online', self: 'romeo', can: ['send', 'history'] };
  bench.front.session(account, bench.back.now);
  await archived.rooms.settled();
  let older = 'bca';
  bench.back.history = async (_account, room, limit) => {
    bench.back.calls.push(`history ${room} ${limit}`);
    const some = older === 'bca' ? 'bc' : older;
    older = older === 'bca' ? 'a' : '';
    const bodies = [...some].map((word) => archived.rooms.said('r', word, { at: archived.began - 9_000 }));
    await archived.rooms.archivedBefore(...bodies);
    return some.length;
  };
  assert.equal(await archived.short(set('<max>2</max><before/>')), 'de /2', 'enough is there');
  assert.equal(await archived.short(set(`<max>2</max><before>${archived.id(0)}</before>`)), 'bc /4');
  assert.equal(await archived.short(set('<max>9</max><before/>')), 'abcde. /5');
  const asked = bench.back.calls.filter((call) => call.startsWith('history'));
  assert.deepEqual(asked, ['history garden 2', 'history garden 5', 'history garden 4']);
  assert.equal(await archived.short(set('<max>9</max><before/>')), 'abcde. /5');
  assert.equal(
    bench.back.calls.filter((call) => call.startsWith('history')).length,
    3,
    'nothing older: not asked again',
  );
});

test('R51: while the network is away what is here is told, and not called all', async (t) => {
  const archived = await Archived.with(t, 'de');
  const { bench, account } = archived.rooms;
  bench.back.now = { state: 'online', self: 'romeo', can: ['send', 'history'] };
  bench.front.session(account, bench.back.now);
  await archived.rooms.settled();
  bench.back.history = () => Promise.reject(new LinkError({ code: 'offline' }));
  assert.equal(await archived.short(set('<max>9</max><before/>')), 'de /2');
  assert.equal(await archived.short(set(`<before>${archived.id(0)}</before>`)), '. /2', 'nobody asks for ever');
});

test('R51: two devices that reach the old end at the same time fetch it once', async (t) => {
  const archived = await Archived.with(t, 'de');
  const { bench, account } = archived.rooms;
  bench.back.now = { state: 'online', self: 'romeo', can: ['send', 'history'] };
  bench.front.session(account, bench.back.now);
  await archived.rooms.settled();
  const came = Promise.withResolvers<void>();
  let asked = 0;
  bench.back.history = async () => {
    asked += 1;
    if (asked > 1) return 0;
    await came.promise;
    await archived.rooms.archivedBefore(archived.rooms.said('r', 'c', { at: archived.began - 9_000 }));
    return 1;
  };
  const query = `<query xmlns='${NS}'>${set('<before/>')}</query>`;
  const both = [device, `${juliet}/chamber`].map((from) => bench.ask('set', query, garden, from));
  await archived.rooms.settled();
  assert.equal(asked, 1);
  came.resolve();
  for (const answer of await Promise.all(both))
    assert.equal(answer.getChild('fin', NS)?.getChild('set')?.getChildText('count'), '3');
});
