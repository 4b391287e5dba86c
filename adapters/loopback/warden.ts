// The member of a room who does what one wants to see: changes that only others can make, crowds, a move. Pure: an order and a
// room in, the room as it is then and what the network tells of it out.
import type { NetworkEvent, Role } from 'moongate/adapter';
import { asChat, changed, everybody, line, member, said, withLines, withRole } from './room.ts';
import type { Room } from './room.ts';

export interface Obeyed {
  readonly room: Room;
  readonly events: readonly NetworkEvent[];
}

const roles: readonly string[] = ['owner', 'admin', 'moderator', 'member', 'muted'];
const help =
  'I understand "topic ...", "role moderator" (owner, admin, member, muted), "crowd 100" (people come), "say 10" (lines), ' +
  '"kick", "ban" (then the password "please" lets you in), "move" (the room gets another id).';
const MOST = 5_000;
const MOST_LINES = 200;

/** Obeys; undefined where the text is no order. */
export function obey(room: Room, text: string, token: string, at: number): Obeyed | undefined {
  const [, word = '', rest = ''] = /^(\w+)(?: +(.+))?$/s.exec(text.trim()) ?? [];
  const answer = (then: Room, words: string, ...events: readonly NetworkEvent[]): Obeyed => {
    const told = line('warden', `warden/${token}`, words, at);
    return { room: withLines(then, told), events: [...events, said(then, told)] };
  };
  switch (word.toLowerCase()) {
    case 'help':
      return answer(room, help);
    case 'topic': {
      const then = { ...room, topic: rest };
      return answer(then, 'There is another topic.', asChat(then));
    }
    case 'role': {
      if (!roles.includes(rest)) return answer(room, help);
      const role = rest as Role;
      const told = changed(room, { user: null, role, by: 'warden' });
      return answer(withRole(room, null, role), `You are ${role} now.`, told);
    }
    case 'crowd':
      return crowd(room, Math.min(Number(rest) || 0, MOST), answer);
    case 'say': {
      const count = Math.min(Number(rest) || 0, MOST_LINES);
      const lines = Array.from({ length: count }, (_, n) => line('warden', `say/${token}/${n + 1}`, `${n + 1}`, at));
      return { room: withLines(room, ...lines), events: lines.map((one) => said(room, one)) };
    }
    case 'kick':
    case 'ban': {
      const role = word === 'ban' ? 'banned' : 'none';
      const then = { ...withRole(room, null, role), joined: false };
      const told = changed(room, { user: null, role, by: 'warden', reason: 'You asked for it.' });
      return { room: then, events: [told, asChat(then)] };
    }
    case 'move': {
      const then = { ...room, id: `${room.id}-2` };
      const from = { kind: 'group', id: room.id } as const;
      const move = { type: 'moved', from, to: { kind: 'group', id: then.id } } as const;
      return answer(then, 'Here we are.', move);
    }
    default:
      return undefined;
  }
}

function crowd(
  room: Room,
  count: number,
  answer: (then: Room, words: string, ...events: readonly NetworkEvent[]) => Obeyed,
): Obeyed {
  const kept = room.members.filter(({ user }) => user === null || !user.startsWith('guest-'));
  const guests = Array.from({ length: count }, (_, index) => ({
    ...member(`guest-${index + 1}`, 'member'),
    name: `Guest ${index + 1}`,
  }));
  const then = { ...room, members: [...kept, ...guests] };
  return answer(then, `${count} guests are here.`, asChat(then), everybody(then));
}
