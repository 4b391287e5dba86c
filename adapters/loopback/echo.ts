// Echo follows what becomes of the messages it has answered: an edit edits its answer, a retraction takes the answer back, a
// reaction to either comes back as one to the user's message, and who has read the answer is read in turn. Nothing is kept:
// the ids of a message and of its answer are made from one token.
import { AdapterError } from 'moongate/adapter';
import type { Chat, Host, MessageId, Session } from 'moongate/adapter';

type Following = Required<Pick<Session, 'edit' | 'retract' | 'react' | 'read' | 'typing'>>;

/** The methods by which a session follows. */
export function follow(host: Pick<Host<unknown, unknown, unknown>, 'commit' | 'hint'>, now: () => number): Following {
  const said = (what: string, token: string) => {
    const chat = { kind: 'direct', id: 'echo' } as const;
    return { key: `${what}/${token}`, chat, from: 'echo', at: now() };
  };
  return {
    async edit(chat, target, content, { token }) {
      const answer = `answer/${tokenOf(chat, target)}`;
      const text = content.text ?? '';
      await host.commit({ events: [{ type: 'edit', ...said('edit', token), target: answer, content: { text } }] });
    },
    async retract(chat, target, { token }) {
      const answer = `answer/${tokenOf(chat, target)}`;
      await host.commit({ events: [{ type: 'retract', ...said('retract', token), target: answer }] });
    },
    async react(chat, target, emojis, { token }) {
      const sent = `sent/${tokenOf(chat, target)}`;
      await host.commit({ events: [{ type: 'react', ...said('react', token), target: sent, emojis }] });
    },
    async read(chat, upTo, { token }) {
      const sent = `sent/${tokenOf(chat, upTo)}`;
      await host.commit({ events: [{ type: 'read', ...said('read', token), upTo: sent, level: 'read' }] });
    },
    typing(chat, on) {
      if (chat.id === 'echo') host.hint({ type: 'typing', chat, from: 'echo', on });
    },
  };
}

/** What the ids of a message and its answer are made from. */
function tokenOf(chat: Chat, id: MessageId): string {
  const [, token] = /^(?:sent|answer)\/(.+)$/.exec(id) ?? [];
  if (chat.kind === 'direct' && chat.id === 'echo' && token !== undefined) return token;
  throw new AdapterError({ code: 'rejected', reason: 'unsupported' }, 'Only echo follows what becomes of a message.');
}
