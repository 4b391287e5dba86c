// Checks of groups: joined and left, spoken in, described, remembered, moved.
import assert from 'node:assert/strict';
import type { Chat, LogEvent, Session, StateEvent } from '../api.ts';
import type { TestAccount } from './account.ts';
import type { Check } from './check.ts';
import type { TestGroup } from './harness.ts';
import { NotApplicable } from './stage.ts';
import type { Stage } from './stage.ts';

type Message = LogEvent & { readonly type: 'message' };
type StateOf<T extends StateEvent['type']> = StateEvent & { readonly type: T };

export const groupChecks: readonly Check[] = [
  {
    name: 'groups: join resolves once the group and who is in it were committed',
    async run(stage) {
      const { account, group } = await joined(stage);
      const chats = statesOf(account, 'chat', group.chat);
      assert.equal(chats.findLast((chat) => chat.joined !== undefined)?.joined, true, 'the account is in the group');
      const people = statesOf(account, 'members', group.chat).flatMap(({ members }) => members);
      const self = people.findLast(({ user }) => user === null);
      assert.ok(self !== undefined, 'the account is among the members, as null');
      assert.ok(self.role !== 'none' && self.role !== 'banned', `its role is '${self.role}'`);
      assert.ok(people.length > 1, 'others are there, too');
    },
  },
  {
    name: 'groups: leave is committed',
    async run(stage) {
      const { account, link, session, group } = await joined(stage);
      await link.inTime(must(session, 'leave')(group.chat.id), 'leave() settles');
      const left = (): boolean =>
        statesOf(account, 'chat', group.chat).findLast((chat) => chat.joined !== undefined)?.joined === false;
      await link.until(left, 'a chat event says that the account is not in it any more');
    },
  },
  {
    name: 'groups: what others say is of the group, in order',
    async run(stage) {
      const { account, link, group } = await joined(stage);
      for (const text of ['one', 'two', 'three']) await group.say(text, account);
      await link.until(() => heard(account, group).length >= 3, 'three messages are committed');
      assert.deepEqual(
        heard(account, group).map(({ content }) => content.text),
        ['one', 'two', 'three'],
      );
      for (const { from } of heard(account, group)) assert.notEqual(from, group.chat.id, 'somebody has said it');
    },
  },
  {
    name: 'groups: what the account says is taken, and its echo has its id or its token',
    async run(stage) {
      const { account, link, group } = await joined(stage);
      const delivery = stage.delivery();
      const sent = (await link.send(group.chat, 'by the account', delivery)) as { readonly id?: string } | undefined;
      await stage.quiet();
      for (const event of messages(account, group)) {
        if (event.from !== null || event.content.text !== 'by the account') continue;
        const known = (event.id !== undefined && event.id === sent?.id) || event.token === delivery.token;
        assert.ok(known, 'an own message comes back with the id that send() told, or with the token');
      }
    },
  },
  {
    name: 'groups: members name the account as null, and nobody twice',
    async run(stage) {
      const { session, group } = await joined(stage);
      const list = must(session, 'members');
      const users: (string | null)[] = [];
      for await (const { user } of list(group.chat)) users.push(user);
      assert.ok(users.includes(null), 'the account is among them');
      assert.equal(new Set(users).size, users.length, 'each is told once');
    },
  },
  {
    name: 'groups: history is paged backwards, each page oldest first, with the keys of the news',
    async run(stage) {
      const { account, link, session, group } = await joined(stage);
      const history = must(session, 'history');
      const texts = Array.from({ length: 6 }, (_, index) => `line ${index + 1}`);
      for (const text of texts) await group.say(text, account);
      await link.until(() => heard(account, group).length >= 6, 'what was said is committed');
      let told: readonly Message[] = [];
      for (let pages = 0; pages < 10 && !texts.every((text) => saidIn(told, text)); pages += 1) {
        const before = told[0]?.id;
        const page = await link.inTime(
          history(group.chat, { limit: 3, ...(before && { before }) }),
          'history() settles',
        );
        assert.ok(page.length <= 3, `a page of at most 3 has ${page.length}`);
        told = [...page.filter((event): event is Message => event.type === 'message'), ...told];
      }
      const lines = told.filter(({ from, content }) => from !== null && texts.includes(content.text ?? ''));
      assert.deepEqual(
        lines.map(({ content }) => content.text),
        texts,
        'all of it, oldest first, nothing twice',
      );
      const keys = new Map(heard(account, group).map(({ id, key }) => [id, key]));
      for (const { id, key } of lines) assert.equal(key, keys.get(id), 'an event has the key that it had as news');
    },
  },
  {
    name: 'groups: a description that was changed comes back as an event',
    async run(stage) {
      const { account, link, session } = await joined(stage);
      const create = must(session, 'create');
      const describe = must(session, 'describe');
      const id = await link.inTime(create('conformance', []), 'create() settles');
      const chat: Chat = { kind: 'group', id };
      await link.inTime(describe(id, { topic: 'roses' }), 'describe() settles');
      const told = (): boolean => statesOf(account, 'chat', chat).some(({ topic }) => topic === 'roses');
      await link.until(told, 'a chat event has the topic');
    },
  },
  {
    name: 'groups: who is banned is listed until he is let in again',
    async run(stage) {
      const { account, link, session, group } = await joined(stage);
      const [create, setRole, banned] = [must(session, 'create'), must(session, 'setRole'), must(session, 'banned')];
      const others = () =>
        statesOf(account, 'members', group.chat).flatMap(({ members }) => members.flatMap((one) => one.user ?? []));
      await link.until(() => others().length > 0, 'somebody else is in the group');
      const [user = ''] = others();
      const id = await link.inTime(create('bans', [user]), 'create() settles');
      const listed = async (): Promise<boolean> =>
        (await link.inTime(banned(id), 'banned() settles')).some((one) => one.user === user && one.role === 'banned');
      assert.equal(await listed(), false, 'nobody is banned at first');
      await link.inTime(setRole(id, user, 'banned'), 'setRole() settles');
      assert.equal(await listed(), true, 'he is on the list');
      await link.inTime(setRole(id, user, 'none'), 'setRole() settles');
      assert.equal(await listed(), false, 'he may come in again');
    },
  },
  {
    name: 'groups: a move names both ids, and what comes then is of the new one',
    async run(stage) {
      const { account, link, group } = await joined(stage);
      if (group.move === undefined) throw new NotApplicable('the harness has no group.move');
      const to = await group.move(account);
      const moves = (): readonly StateOf<'moved'>[] =>
        account.upserts.filter((event): event is StateOf<'moved'> => event.type === 'moved');
      await link.until(() => moves().length > 0, 'the move is committed');
      assert.deepEqual(moves()[0], { type: 'moved', from: group.chat, to });
      const moved = { ...group, chat: to };
      await group.say('here', account);
      const here = (): boolean => heard(account, moved).some(({ content }) => content.text === 'here');
      await link.until(here, 'a message comes in the new group');
    },
  },
];

async function joined(stage: Stage) {
  const { group } = stage.network;
  if (group === undefined) throw new NotApplicable('the harness has no group');
  const { account, link } = await stage.connect();
  const { session } = link;
  assert.ok(session);
  await link.inTime(must(session, 'join')(group.chat.id), 'join() settles');
  return { account, link, session, group };
}

/** A method of the session; without it there is nothing to check. */
function must<K extends 'join' | 'leave' | 'members' | 'banned' | 'history' | 'create' | 'describe' | 'setRole'>(
  session: Session,
  name: K,
): NonNullable<Session[K]> {
  const method = session[name];
  if (method === undefined) throw new NotApplicable(`the session has no ${name}`);
  return method.bind(session) as NonNullable<Session[K]>;
}

const sameChat = (one: Chat | undefined, other: Chat): boolean => one?.kind === other.kind && one.id === other.id;

function statesOf<T extends 'chat' | 'members'>(account: TestAccount, type: T, chat: Chat): readonly StateOf<T>[] {
  return account.upserts.filter((event): event is StateOf<T> => event.type === type && sameChat(event.chat, chat));
}
const messages = ({ log }: TestAccount, { chat }: Pick<TestGroup, 'chat'>): readonly Message[] =>
  log.filter((event): event is Message => event.type === 'message' && sameChat(event.chat, chat));
/** What others said while the account was there. */
const heard = (account: TestAccount, group: Pick<TestGroup, 'chat'>): readonly Message[] =>
  messages(account, group).filter(({ from, old }) => from !== null && old !== true);
const saidIn = (told: readonly Message[], text: string): boolean => told.some(({ content }) => content.text === text);
