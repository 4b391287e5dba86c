// XEP-0100, 6.3: Gateway Interaction, the prompt that turns what a user types into a contact's JID (R21).
import type { Chat, Found } from '../../adapter/api.ts';
import type { Registered } from '../../account/directory.ts';
import { text } from '../../text/index.ts';
import { x } from '../stanza.ts';
import { IqError, needAccount, type Feature } from './feature.ts';

/** Namespace of the prompt. */
export const NS_GATEWAY = 'jabber:iq:gateway';
const MOST = 1_000;

export interface PromptOptions {
  readonly networkName: string;
  /** What the adapter says a user may type. */
  readonly prompt: string | undefined;
  /** Whom the network knows by that name. */
  readonly resolve: (account: Registered, query: string) => Promise<Found | undefined>;
  readonly jidOf: (chat: Chat) => string;
}

/** Asks for a name and answers with a JID. */
export const gatewayPrompt = ({ networkName, prompt, resolve, jidOf }: PromptOptions): Feature => ({
  iq: [
    {
      on: ['gateway'],
      type: 'get',
      name: 'query',
      ns: NS_GATEWAY,
      handle: ({ lang }) =>
        x(
          'query',
          { xmlns: NS_GATEWAY },
          x('desc', {}, text(lang, 'prompt.description', { network: networkName })),
          x('prompt', {}, prompt ?? text(lang, 'prompt.label')),
        ),
    },
    {
      on: ['gateway'],
      type: 'set',
      name: 'query',
      ns: NS_GATEWAY,
      async handle(request) {
        const query = request.payload.getChildText('prompt')?.trim() ?? '';
        if (query === '' || query.length > MOST) throw new IqError('bad-request');
        const found = await resolve(needAccount(request), query);
        if (found === undefined) throw new IqError({ code: 'not-found' });
        return x('query', { xmlns: NS_GATEWAY }, x('jid', {}, jidOf(found.chat)));
      },
    },
  ],
});
