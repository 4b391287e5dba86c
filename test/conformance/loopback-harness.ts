// The loopback as the conformance suite sees it. Its network is the gateway itself, so what a network does on its own it cannot do.
import type { AnyAdapter, Chat } from 'moongate/adapter';
import type { Harness, TestAccount, TestNetwork } from 'moongate/adapter/testing';
import { newToken } from 'moongate/adapter/testing';
import { createLoopback } from '@moongate/loopback';

const echo = { kind: 'direct', id: 'echo' } as const;
const garden = { kind: 'group', id: 'garden' } as const;
const flaky = { kind: 'direct', id: 'flaky' } as const;

/** What stands in the chat with echo: its answers, edited as they are, by the tokens that they were made from. */
function standing({ log }: TestAccount): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const event of log) {
    if (event.type === 'message' && event.chat.id === echo.id) texts.set(event.id ?? '', event.content.text ?? '');
    if (event.type === 'edit') texts.set(event.target, event.content.text ?? '');
    if (event.type === 'retract') texts.delete(event.target);
  }
  return new Map([...texts].map(([id, text]) => [id.replace('answer/', ''), text]));
}

function start(adapter: AnyAdapter): Promise<TestNetwork> {
  let met: TestAccount | undefined;
  const tokenOf = (said: string): string | undefined =>
    [...(met ? standing(met) : [])].find(([, text]) => text === said)?.[0];
  const told = (text: string) => () => Promise.resolve({ chat: flaky, content: { text } });
  return Promise.resolve({
    adapter,
    config: {},
    login: { answer: () => ({}) },
    chat: echo,
    known: { query: 'Echo', chat: echo, nobody: 'nobody' },
    say(text, account) {
      met = account;
      return say(text, account);
    },
    shown: (account: TestAccount) => Promise.resolve([...standing(account).values()]),
    friend: {
      // Echo does as is done to it.
      sees: {
        reactions(said) {
          const all =
            met?.log.filter((event) => event.type === 'react' && event.target === `sent/${tokenOf(said)}`) ?? [];
          const last = all.at(-1);
          return Promise.resolve(last?.type === 'react' ? last.emojis : []);
        },
        read: (said) =>
          Promise.resolve(!!met?.log.some((event) => event.type === 'read' && event.upTo === `sent/${tokenOf(said)}`)),
      },
    },
    group: group(),
    faults: {
      refuse: told('reject'),
      busy: told('temporary'),
      limit: (ms) => told(`rate ${ms / 1000}s`)(),
      dropReply: told('uncertain'),
      hang: told('slow 9999s'),
      revoke: told('auth'),
    },
    close: () => Promise.resolve(),
  });
}

/** The garden, where Echo speaks, too, and the warden moves it. */
function group(): NonNullable<TestNetwork['group']> {
  let chat: Chat & { readonly kind: 'group' } = garden;
  return {
    chat,
    say: (text, account) => say(text, account, chat),
    async move(account) {
      await say('move', account, chat);
      return (chat = { kind: 'group', id: 'garden-2' });
    },
  };
}

/** Echo speaks when spoken to: what it says is what was sent to it. */
async function say(text: string, { session }: TestAccount, chat: Chat = echo): Promise<void> {
  const delivery = { token: newToken(), at: Date.now(), attempt: 1, signal: new AbortController().signal };
  const open = (): Promise<never> => Promise.reject(new Error('no files here'));
  // Not waited for: with a commit that is held, the send waits too.
  session?.send?.(chat, { text }, { ...delivery, open }).catch(() => undefined);
  return Promise.resolve();
}

const speaksAlone =
  'it says nothing by itself: an answer belongs to the message that caused it (loopback-contacts.test.ts)';
/** The suite's view of the loopback, or of one that was changed. */
export const loopbackHarness = (change: (adapter: AnyAdapter) => AnyAdapter = (adapter) => adapter): Harness => ({
  start: () => start(change(createLoopback())),
  junk: [{ path: '/' }],
  without: {
    'login: a wrong answer fails in words for the user': 'there is nothing to answer',
    'connect: worthless credentials are auth-lost': 'its credentials are a name; nobody can revoke it',
    'connect: leaves nothing open when it fails': 'connect() fails only where the store does',
    'connect: a network that is away is temporary': 'its network is the gateway',
    'events: nothing is confirmed before commit resolves': speaksAlone,
    'events: have the same key when they come again': speaksAlone,
    'events: a commit that fails is not passed over': speaksAlone,
    'cursor: nothing is missing after a restart': speaksAlone,
    'edit: a message that does not exist is rejected': 'it keeps nothing, so every id that it could have made will do',
    'typing: is seen, and its end': 'it types back at once (loopback-contacts.test.ts)',
    'connection: comes back, or says that it is down': 'there is no connection',
    'connection: credentials that became worthless are reported as auth-lost': 'nobody can revoke them',
  },
});
