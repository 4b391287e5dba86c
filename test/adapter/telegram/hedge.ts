// A group on the fake Bot API server with Anna, its owner, Eve and the bot: what the tests of groups share.
import type { TestContext } from 'node:test';
import type { Member, NetworkEvent, Role, Session, StateEvent } from '../../../src/adapter/api.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

type Deeds = 'send' | 'edit' | 'retract' | 'react';
type Powers = Pick<
  Session,
  Deeds | 'members' | 'banned' | 'join' | 'leave' | 'describe' | 'invite' | 'setRole' | 'rooms' | 'resolve' | 'commands'
>;
type ChatState = StateEvent & { type: 'chat' };

/** The group, and what the core would know of it. */
export class Hedge {
  readonly world: World;
  readonly id: number;
  readonly eve: number;

  constructor(world: World, id: number, eve: number) {
    this.world = world;
    this.id = id;
    this.eve = eve;
  }

  /** Where Anna acts for the bot to see. */
  get place(): { bot: number; user: number; chat: number } {
    return { bot: this.world.bot.id, user: this.world.anna.id, chat: this.id };
  }
  get chat(): { kind: 'group'; id: string } {
    return { kind: 'group', id: String(this.id) };
  }
  get control(): World['control'] {
    return this.world.control;
  }
  /** The session, as far as groups need it. */
  get session(): Required<Powers> {
    const { session } = this.world.account;
    if (session === undefined) throw new Error('not connected');
    return session as Session & Required<Powers>;
  }

  /** The bot becomes an administrator; absent rights are all but that to appoint others. */
  async appoint(rights?: Record<string, boolean>): Promise<void> {
    const { bot, user: by, chat } = this.place;
    await this.control.setMember({ bot, chat, by, user: bot, status: 'administrator', ...(rights && { rights }) });
    await this.until(() => /^(admin|moderator|muted)$/.test(this.role(null) ?? ''), 'it is an administrator');
  }

  /** What the events said of the chat, the later over the earlier. */
  about(id = this.id): Partial<ChatState> {
    const events = this.world.account.upserts.filter((one) => one.type === 'chat' && one.chat.id === String(id));
    return Object.assign({}, ...events) as Partial<ChatState>;
  }

  /** Everything that was said of members, in order. */
  members(id = this.id): readonly Member[] {
    return this.world.account.upserts.flatMap((one: NetworkEvent) =>
      one.type === 'members' && one.chat.id === String(id) ? one.members : [],
    );
  }

  role(user: number | null, id = this.id): Role | undefined {
    const wanted = user === null ? null : String(user);
    return this.members(id).findLast((one) => one.user === wanted)?.role;
  }

  until(isSo: () => boolean, what: string): Promise<void> {
    const { link } = this.world.account;
    if (link === undefined) throw new Error('not connected');
    return link.until(isSo, what);
  }
}

/** How a group is made. `readsAll`: privacy mode is off. */
export interface Plan {
  readonly type?: 'group' | 'supergroup' | 'channel';
  readonly forum?: true;
  readonly readsAll?: boolean;
  readonly description?: string;
}

/** A connected world with a group that the bot was added to, and has been asked about. */
export async function plantHedge(test: TestContext, plan: Plan = {}): Promise<Hedge> {
  const world = await startWorld(test, {}, { readsAll: plan.readsAll ?? true });
  await world.connect();
  const hedge = await addGroup(world, plan);
  await hedge.until(() => hedge.about().topic !== undefined && hedge.role(null) !== undefined, 'the group is known');
  await world.control.waitForConfirmed({ bot: world.bot.id });
  return hedge;
}

/** Makes the group, and adds the bot to it. */
export async function addGroup(world: World, { type = 'supergroup', forum, description }: Plan = {}): Promise<Hedge> {
  const { control, anna, bot } = world;
  const eve = await control.createUser({ first_name: 'Eve', username: 'eve_w' });
  const more = { ...(forum && { is_forum: forum }), ...(description !== undefined && { description }) };
  const { id } = await control.createGroup({ title: 'Hedge', type, members: [anna.id, eve.id], ...more });
  const hedge = new Hedge(world, id, eve.id);
  const { bot: user, user: by } = hedge.place;
  if (type === 'channel') await control.setMember({ bot: bot.id, chat: id, by, user, status: 'administrator' });
  else await control.addToGroup(hedge.place);
  return hedge;
}
