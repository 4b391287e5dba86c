// What the loopback's rooms promise: everything that can happen in a room can be had, once, and is there after a kill.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AdapterError } from 'moongate/adapter';
import type { Chat, Member, Session } from 'moongate/adapter';
import { caught } from './caught.ts';
import { LoopbackStage } from './loopback-stage.ts';

const garden: Chat = { kind: 'group', id: 'garden' };
const reasonOf = (error: unknown): unknown =>
  AdapterError.is(error) && error.fault.code === 'rejected' ? error.fault.reason : error;

async function stage(): Promise<{ readonly on: LoopbackStage; readonly session: Session }> {
  const on = new LoopbackStage();
  const { session } = await on.connect();
  assert(session);
  return { on, session };
}
async function members(session: Session, chat: Chat): Promise<readonly Member[]> {
  const all: Member[] = [];
  for await (const one of session.members?.(chat) ?? []) all.push(one);
  return all;
}
const say = (on: LoopbackStage, session: Session, text: string, chat = garden) =>
  session.send?.(chat, { text }, on.delivery()) ?? Promise.reject(new Error('no send'));
const heard = ({ account }: LoopbackStage, chat = garden): readonly string[] => account.heard(chat);

describe("the loopback's garden", () => {
  it('can be found and joined, which tells how it is and who is there before it resolves', async () => {
    const { on, session } = await stage();
    const page = await session.rooms?.('gard', { limit: 10 });
    assert.deepEqual(
      page?.rooms.map(({ chat }) => chat),
      [garden],
    );
    assert.equal(reasonOf(await caught(say(on, session, 'too early'))), 'forbidden');
    await session.join?.('garden');
    const [chat, people] = on.account.upserts.slice(-2);
    assert(chat?.type === 'chat' && people?.type === 'members');
    assert.deepEqual([chat.joined, chat.open, people.complete], [true, true, true]);
    assert.deepEqual(
      people.members.map(({ user }) => user),
      ['warden', 'echo', 'clock', null],
    );
  });

  it('has an echo, whose answer follows an edit and a retraction, and which reacts likewise', async () => {
    const { on, session } = await stage();
    await session.join?.('garden');
    const sent = on.delivery();
    for (let attempt = 0; attempt < 2; attempt += 1) await session.send?.(garden, { text: 'helo' }, sent);
    const id = `sent/${sent.token}`;
    await session.edit?.(garden, id, { text: 'hello' }, on.delivery());
    await session.react?.(garden, id, ['👍'], on.delivery());
    await session.retract?.(garden, id, on.delivery());
    assert.deepEqual(heard(on), ['helo']);
    const [shown, answered, ...changes] = on.account.log;
    assert.ok(
      shown?.type === 'message' && shown.from === null && shown.token === sent.token,
      'what is said comes first',
    );
    assert.equal(answered?.at, sent.at + 1, 'later than what it answers, also for who sorts by time');
    const answer = `answer/${sent.token}`;
    assert.deepEqual(
      changes.map((event) => [event.type, 'target' in event && event.target]),
      [
        ['edit', answer],
        ['react', id],
        ['retract', answer],
      ],
    );
  });

  it('has a warden who does what one wants to see', async () => {
    const { on, session } = await stage();
    await session.join?.('garden');
    for (const order of ['topic Roses', 'role moderator', 'crowd 300', 'say 3']) await say(on, session, order);
    assert.deepEqual(heard(on), [
      'There is another topic.',
      'You are moderator now.',
      '300 guests are here.',
      '1',
      '2',
      '3',
    ]);
    assert.equal((await members(session, garden)).length, 304);
    await session.setRole?.('garden', 'guest-1', 'banned', 'noise');
    const last = on.account.upserts.at(-1);
    assert(last?.type === 'members');
    assert.deepEqual(last.members, [{ user: 'guest-1', name: 'guest-1', role: 'banned', by: null, reason: 'noise' }]);
    await say(on, session, 'move');
    assert.deepEqual(on.account.upserts.at(-1), { type: 'moved', from: garden, to: { kind: 'group', id: 'garden-2' } });
    assert.deepEqual(heard(on, { kind: 'group', id: 'garden-2' }), ['Here we are.']);
  });

  it('throws out and bans; the password lets in again', async () => {
    const { on, session } = await stage();
    await session.join?.('garden');
    await say(on, session, 'kick');
    assert.equal(reasonOf(await caught(say(on, session, 'still here?'))), 'forbidden');
    await session.join?.('garden');
    await say(on, session, 'ban');
    assert.equal(reasonOf(await caught(session.join?.('garden') ?? Promise.resolve())), 'forbidden');
    await session.join?.('garden', 'please');
    await say(on, session, 'back');
    assert.equal(heard(on).at(-1), 'back');
  });

  it('remembers, page by page, oldest first, and is as it was after a restart', async () => {
    const { on, session } = await stage();
    await session.join?.('garden');
    await say(on, session, 'say 20');
    await session.close();
    const { session: again } = await on.connect();
    const texts = async (before?: string): Promise<readonly [string | undefined, string | undefined]> => {
      const page = (await again?.history?.(garden, { limit: 5, ...(before === undefined ? {} : { before }) })) ?? [];
      const [first] = page;
      assert(first?.type === 'message');
      return [page.map((event) => (event.type === 'message' ? event.content.text : '')).join(' '), first.id];
    };
    const [last, from] = await texts();
    assert.equal(last, '16 17 18 19 20');
    assert.equal((await texts(from))[0], '11 12 13 14 15');
    const replayed = on.account.log.length;
    assert.equal(on.account.upserts.at(-1)?.type, 'members', 'who is there is told anew');
    assert.equal(replayed, 21);
  });

  it('owes what it has not said when the gateway is killed, and says it once', async () => {
    const on = new LoopbackStage();
    const link = await on.connect();
    await link.session?.join?.('garden');
    const sent = on.delivery();
    const sending = caught(
      link.session?.send?.(garden, { text: 'hello' }, sent) ?? Promise.reject(new Error('no send')),
    );
    await link.until(() => {
      const owes = [...on.account.state.keys()].some((key) => key.endsWith(sent.token));
      if (owes) link.commits('hold');
      return owes;
    }, 'it has promised to answer');
    await link.close();
    await sending;
    assert.deepEqual(heard(on), []);
    const { session } = await on.connect();
    await session?.send?.(garden, { text: 'hello' }, sent);
    assert.deepEqual(heard(on), ['hello']);
    await on.account.link?.close();
    await on.connect();
    assert.deepEqual(heard(on), ['hello']);
    assert.equal([...on.account.state.keys()].filter((key) => key.endsWith(sent.token)).length, 0);
  });
});

describe('a room of his own', () => {
  it('is ruled by who made it: name, topic, invitations, roles; others may not', async () => {
    const { on, session } = await stage();
    const id = (await session.create?.('Tea & Cake', ['echo'])) ?? '';
    assert.equal(id, 'tea-cake');
    assert.equal(await session.create?.('Tea, cake', []), 'tea-cake-2');
    const chat: Chat = { kind: 'group', id };
    await session.describe?.(id, { topic: 'Scones' });
    await session.invite?.(id, 'warden');
    await session.setRole?.(id, 'echo', 'none');
    assert.deepEqual(
      (await members(session, chat)).map(({ user, role }) => `${user} ${role}`),
      ['null owner', 'warden member'],
    );
    assert.equal(reasonOf(await caught(session.invite?.(id, 'nobody') ?? Promise.resolve())), 'not-found');
    await session.join?.('garden');
    const denied = session.describe?.('garden', { topic: 'mine' }) ?? Promise.resolve();
    assert.equal(reasonOf(await caught(denied)), 'forbidden');
    await session.leave?.(id);
    assert.equal(reasonOf(await caught(say(on, session, 'gone', chat))), 'forbidden');
  });
});
