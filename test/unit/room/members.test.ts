// Who is in a room, and what its devices are shown of that: random comings, goings and renamings, and what a client makes of the
// presences.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Member, Role } from '../../../src/adapter/api.ts';
import { Members, type Occupant } from '../../../src/room/members.ts';
import { nickKey } from '../../../src/room/nick.ts';
import { Room } from '../../../src/room/room.ts';
import type { Session, Shown } from '../../../src/room/session.ts';

const idOf = (user: string | null): string => `${user ?? 'own'}abcdefghijklmnop`.slice(0, 16);
const newRoom = (): Room =>
  new Room({
    ...{ account: 1, chat: 'garden', number: 1, document: {}, wish: 'juliet' },
    self: () => ['j'],
    id: idOf,
  });

const anybody = fc.constantFrom('a', 'b', 'c', 'd', 'j');
const change = fc.record(
  {
    user: anybody,
    was: anybody,
    name: fc.constantFrom('Romeo', 'romeo', 'Mercutio', 'Tybalt'),
    role: fc.constantFrom<Role>('member', 'owner', 'muted', 'none', 'banned'),
    titles: fc.constantFrom([], ['bot'], ['bot', 'Treasurer']),
  },
  { requiredKeys: ['user', 'name', 'role'] },
);

/** What a client knows of somebody. */
const seen = ({ id, role, titles = [] }: Occupant): string => `${id} ${role} ${titles.join()}`;

/** A client: what it believes of who is there. */
class Client {
  readonly there = new Map<string, string>();
  readonly session: Session;
  constructor(session: Session) {
    this.session = session;
  }
  see(shown: readonly Shown[]): void {
    for (const one of shown) {
      const { nick, id } = one.occupant;
      if (one.type === 'available') {
        const before = this.there.get(nickKey(nick));
        assert(before === undefined || before.startsWith(`${id} `), 'nobody takes a nick that another one has');
        this.there.set(nickKey(nick), seen(one.occupant));
      } else {
        assert(this.there.get(nickKey(nick))?.startsWith(`${id} `), 'who goes was there, as the same');
        this.there.delete(nickKey(nick));
      }
    }
  }
}

const truth = ({ members }: Room): ReadonlyMap<string, string> =>
  new Map([...members.all()].map((one) => [nickKey(one.nick), seen(one)]));

test('R46, R47: whatever happens, in whatever pieces it is shown, a client ends with those who are there', () => {
  const step = fc.oneof(
    fc.array(change, { maxLength: 4 }).map((members) => ({ members })),
    fc.nat(3).map((most) => ({ most })),
    change.map(({ user }) => ({ user })),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const room = newRoom();
      room.members.own('juliet');
      const client = new Client(room.enter('x'));
      client.see(room.first(client.session));
      client.session.open([]);
      for (const one of steps) {
        if ('members' in one) room.update(one.members, false);
        else if ('most' in one) for (const { shown } of room.due(one.most)) client.see(shown);
        else client.see(client.session.show(room.author(one.user)));
        assert.equal(truth(room).size, room.members.size, 'all nicks differ');
      }
      while (!client.session.complete) for (const { shown } of room.due(3)) client.see(shown);
      assert.deepEqual(new Map([...client.there].sort()), new Map([...truth(room)].sort()));
    }),
  );
});

/** A room with two in it, a device that has seen them, and what it is shown of a change: type, nick and occupant-id. */
function watched(): { readonly room: Room; readonly change: (...members: readonly Member[]) => string[] } {
  const room = newRoom();
  room.members.own('juliet');
  room.update(
    ['bob', 'dan'].map((nick) => ({ user: nick, name: nick, role: 'member' })),
    true,
  );
  const session = room.enter('x');
  room.first(session);
  const told = (one: Shown): string => `${one.type} ${one.occupant.nick} ${one.occupant.id.replace(/abc.*/, '')}`;
  const change = (...members: readonly Member[]): string[] => {
    room.update(members, false);
    return session.take(10).map(told);
  };
  return { room, change };
}
const named = (user: string, was: string): Member => ({ user, was, name: user, role: 'member' });

test('R46: who has another id is the same one under another nick, and nobody is there under the old id', () => {
  const { room, change } = watched();
  assert.deepEqual(change(named('rob', 'bob')), ['renamed bob bob', 'available rob rob']);
  assert.equal(room.of('bob'), undefined);
  assert.equal(room.byNick('bob'), undefined);
  assert.equal(room.of('rob')?.role, 'member');
  assert.deepEqual(change({ user: 'bob', name: 'bob', role: 'member' }), ['available bob bob']);
});

test('R46: several changes of an id before their turn are one; who leaves after it leaves under the nick that is known', () => {
  const { change } = watched();
  assert.deepEqual(change(named('rob', 'bob'), named('robert', 'rob')), ['renamed bob bob', 'available robert robert']);
  assert.deepEqual(change(named('daniel', 'dan'), { user: 'daniel', role: 'none' }), ['unavailable dan dan']);
  assert.deepEqual(change(named('bob', 'robert'), named('robert', 'bob')), [], 'there and back is nothing');
});

test('R46: an id from before that nobody is known by is of no account, and a new id that somebody has keeps him', () => {
  const { room, change } = watched();
  assert.deepEqual(change(named('eve', 'mallory')), ['available eve eve']);
  assert.deepEqual(change(named('dan', 'bob')), ['unavailable bob bob']);
  assert.equal(room.members.size, 3);
});

test('a new id under the same nick is somebody who comes: an occupant-id never changes under a nick', () => {
  const { change } = watched();
  assert.deepEqual(change({ user: 'b2', was: 'bob', role: 'member' }), ['unavailable bob bob', 'available bob b2']);
});

test('a snapshot is the room as it was', () => {
  fc.assert(
    fc.property(fc.array(change), (members) => {
      const [one, other] = [new Members(idOf), new Members(idOf)];
      one.update(members, true);
      other.restore(JSON.parse(JSON.stringify(one.snapshot())) as ReturnType<Members['snapshot']>);
      assert.deepEqual([...other.all()], [...one.all()]);
      assert.equal(other.complete, true);
    }),
  );
});

test('a list of all members takes those away that it does not name, but never the account itself', () => {
  const room = newRoom();
  room.members.own('juliet');
  room.update([{ user: 'a', name: 'Romeo', role: 'member' }], false);
  assert.deepEqual(room.update([{ user: 'b', name: 'Paris', role: 'member' }], true), ['b', 'a']);
  assert.deepEqual(
    [...room.members.all()].map(({ nick }) => nick),
    ['juliet', 'Paris'],
  );
});

test('an id of the account is the account', () => {
  const room = newRoom();
  room.update([{ user: 'j', name: 'Juliet', role: 'member' }], false);
  assert.equal(room.ownNick, 'Juliet');
  assert.equal(room.of('j'), room.of(null));
});

test('who has gone keeps his id, and a nick that nobody else has', () => {
  const room = newRoom();
  room.update([{ user: 'a', name: 'Romeo', role: 'member' }], false);
  assert.equal(room.nickOf('gone', 'Romeo'), 'Romeo (gone)');
  assert.equal(room.idOf('gone'), idOf('gone'));
  room.update([{ user: 'a', role: 'none' }], false);
  assert.equal(room.nickOf('a'), 'Romeo', 'what he said without a name is still his');
});

test('R42: what may have been lost with a stream is shown again', () => {
  const room = newRoom();
  room.update(
    [
      { user: 'a', name: 'Romeo', role: 'member' },
      { user: 'b', name: 'Paris', role: 'member' },
    ],
    false,
  );
  const session = room.resume('x');
  room.update([{ user: 'a', role: 'none' }], false);
  const shown = session.take(10).map(({ type, occupant }) => `${type} ${occupant.nick}`);
  assert.deepEqual(shown.sort(), ['available Paris', 'available juliet', 'unavailable Romeo']);
  session.doubt();
  assert.equal(session.take(10).length, 3, 'the farewell too');
});

test('R42: a new nick that may have been lost with a stream leaves no ghost under the one before', () => {
  const room = newRoom();
  const people = ['bob', 'dan', 'eve'].map((user): Member => ({ user, name: user, role: 'member' }));
  room.update(people, true);
  const session = room.resume('x');
  session.take(10);
  room.update([named('rob', 'bob'), { user: 'dan', name: 'Daniel', role: 'member' }, named('bob', 'eve')], false);
  session.take(10);
  session.doubt();
  assert.equal(session.complete, false);
  const shown = session.take(10).map(({ type, occupant }) => `${type} ${occupant.nick}`);
  assert.deepEqual(shown.slice(0, 2).sort(), ['unavailable dan', 'unavailable eve'], 'bob is somebody, again');
  const there = ['Daniel', 'bob', 'juliet', 'rob'].map((nick) => `available ${nick}`);
  assert.deepEqual(shown.slice(2).sort(), there);
});

test('R36: a device that joins again before it was told who has gone is told so, and sees no ghost', () => {
  const room = newRoom();
  room.update([{ user: 'a', name: 'Romeo', role: 'member' }], false);
  const before = room.resume('x');
  before.take(10);
  room.update([{ user: 'a', role: 'none' }], false);
  const session = room.enter('x');
  const shown = [...room.first(session), ...session.take(10)].map(({ type, occupant }) => `${type} ${occupant.nick}`);
  assert.deepEqual(shown, ['available juliet', 'unavailable Romeo']);
});
