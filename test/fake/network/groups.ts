// Groups of the network: who may come in, who may change what, and how the others are told.
import type { GroupRole, PigeonEvent } from './control-api.ts';
import { type Group, groupEvents } from './state.ts';
import { Refused, type World } from './world.ts';

const LONGEST_NAME = 64;
const LONGEST_TOPIC = 500;
/** What roles may be given. The owner stays the owner until he leaves. */
const GIVEN: readonly string[] = ['admin', 'member', 'muted', 'none', 'banned'];

const no = (status: number, error: string): Refused => new Refused({ status, error });
const isAbove = (role: GroupRole | undefined): boolean => role === 'owner' || role === 'admin';

/** What persons do with groups. Every method throws a Refused where the network will not have it. */
export class Groups {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A new group; its members are told. */
  create(by: string, { members, ...about }: Pick<Group, 'id' | 'name' | 'topic' | 'open' | 'members'>): void {
    const roles = Object.fromEntries(members.map((user, index) => [user, index === 0 ? 'owner' : 'member'] as const));
    this.#keep({ ...about, members, roles }, 'all', by);
  }

  /** How a group is now, for one who is in it. */
  look(by: string, id: string): readonly PigeonEvent[] {
    return groupEvents(this.#world.state, this.#entered(by, id), { user: by, by, at: this.#world.now() });
  }

  /** A new name or topic. */
  describe(by: string, id: string, { name, topic }: { name?: string; topic?: string }): void {
    const group = this.#entered(by, id);
    if (!isAbove(group.roles[by])) throw no(403, 'not-allowed');
    if (name !== undefined && (name.trim() === '' || name.length > LONGEST_NAME)) throw no(400, 'bad-name');
    if ((topic ?? '').length > LONGEST_TOPIC) throw no(413, 'too-long');
    const next = { ...group, name: name ?? group.name, topic: topic ?? group.topic };
    if (next.name !== group.name || next.topic !== group.topic) this.#keep(next, 'group', by);
  }

  /** Somebody is something else from now on; what he is already is told to nobody. */
  setRole(by: string, id: string, user: string, role: string): void {
    const group = this.#world.state.groups.get(id);
    if (!group) throw no(404, 'no-such-chat');
    if (!this.#world.state.people.has(user)) throw no(404, 'no-such-user');
    if (!GIVEN.includes(role)) throw no(400, 'bad-role');
    const inside = group.members.includes(user);
    const before = group.roles[user] ?? 'none';
    if (by === user) checkOwn(group, before, role);
    else checkOther(this.#entered(by, id), by, before, role);
    if (role === before || (by === user && inside && role === 'member')) return;
    const stays = role !== 'none' && role !== 'banned';
    const members = stays
      ? [...group.members.filter((one) => one !== user), user]
      : group.members.filter((one) => one !== user);
    const kept = inside && stays ? group.members : members;
    const { [user]: _before, ...others } = group.roles;
    const roles = role === 'none' ? others : { ...others, [user]: role as GroupRole };
    this.#keep({ ...group, members: kept, roles: before === 'owner' ? heired(kept, roles) : roles }, 'members', by);
  }

  /** The group, if he is in it. */
  #entered(by: string, id: string): Group {
    const group = this.#world.state.groups.get(id);
    if (!group?.members.includes(by)) throw no(404, 'no-such-chat');
    return group;
  }

  #keep(group: Group, tells: 'all' | 'group' | 'members', by: string): void {
    this.#world.commit({ t: 'group', group, tells, by, at: this.#world.now() });
  }
}

/** Of himself one may say that he comes, and that he goes. */
function checkOwn(group: Group, before: GroupRole, role: string): void {
  if (role !== 'member' && role !== 'none') throw no(403, 'not-allowed');
  if (before === 'banned') throw no(403, 'banned');
  const joins = role === 'member' && before === 'none';
  if (joins && !group.open) throw no(403, 'invitation-only');
}

/** Everybody may bring somebody in; all else is for those above, who leave the owner alone; he alone makes and unmakes admins. */
function checkOther(group: Group, by: string, before: GroupRole, role: string): void {
  if (before === 'none' && role === 'member') return;
  if (!isAbove(group.roles[by]) || before === 'owner') throw no(403, 'not-allowed');
  if ((role === 'admin' || before === 'admin') && group.roles[by] !== 'owner') throw no(403, 'not-allowed');
  if (before === 'none' && role !== 'banned' && role !== 'none') throw no(404, 'no-such-member');
}

/** The owner is gone: whoever was there first owns the group now. */
function heired(members: readonly string[], roles: Record<string, GroupRole>): Record<string, GroupRole> {
  const [heir] = members;
  return heir === undefined ? roles : { ...roles, [heir]: 'owner' };
}
