// The demo's user signs up with both transports, as he would in a client: he fills in the forms, and says yes to the
// contacts that come.
import { x } from '../../src/xmpp/stanza.ts';
import type { Element } from '../../src/xmpp/stanza.ts';
import type { XmppServer } from '../server/api.ts';
import { TestClient } from '../server/client.ts';

const NS_REGISTER = 'jabber:iq:register';
const NS_FORM = 'jabber:x:data';
const NS_ROSTER = 'jabber:iq:roster';
const NS_VCARD = 'vcard-temp';
const NS_NICK = 'http://jabber.org/protocol/nick';

export interface SignUp {
  readonly domain: string;
  /** Where the contacts go in the roster. */
  readonly group: string;
  /** Local parts of the contacts that have to come. */
  readonly names: readonly string[];
  /** What to write into the fields of the form. */
  readonly answers: Readonly<Record<string, string>>;
}

/** Resolves when every contact is in the roster. */
export async function signUp(
  server: XmppServer,
  { user, password }: { readonly user: string; readonly password: string },
  transports: readonly SignUp[],
): Promise<void> {
  // A negative priority: requests come here, messages wait for the client in the browser.
  await using client = await TestClient.connect(server, user, { password, priority: -1 });
  await client.iq('get', undefined, x('query', { xmlns: NS_ROSTER }));
  await client.iq('set', undefined, x('vCard', { xmlns: NS_VCARD }, x('FN', {}, capital(user))));
  await Promise.all(
    transports.map(async (transport) => {
      const { domain, group, names } = transport;
      await register(client, transport);
      await Promise.all(
        [domain, ...names.map((name) => `${name}@${domain}`)].map((jid) => befriend(client, jid, group)),
      );
    }),
  );
}

const capital = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);

async function register(client: TestClient, { domain, answers }: SignUp): Promise<void> {
  const offered = await client.iq('get', domain, x('query', { xmlns: NS_REGISTER }));
  const fields = offered.getChild('query')?.getChild('x', NS_FORM)?.getChildren('field') ?? [];
  const filled = fields.map((field) => {
    const name = field.attrs['var'] ?? '';
    return x('field', { var: name }, x('value', {}, answers[name] ?? field.getChildText('value') ?? ''));
  });
  const form = x('x', { xmlns: NS_FORM, type: 'submit' }, ...filled);
  const answer = await client.iq('set', domain, x('query', { xmlns: NS_REGISTER }, form));
  if (answer.attrs['type'] !== 'result') throw new Error(`${domain} refused the registration: ${answer.toString()}`);
}

/**
 * Resolves when the contact is in the roster. Where the server lets the gateway write there it comes by itself; else it
 * asks, and the user says yes, names it as it names itself, and asks for its presence.
 */
async function befriend(client: TestClient, jid: string, group: string): Promise<void> {
  const asks = (stanza: Element): boolean =>
    stanza.is('presence') && stanza.attrs['type'] === 'subscribe' && stanza.attrs['from']?.split('/')[0] === jid;
  const request = await client.waitFor((stanza) => asks(stanza) || isFriend(stanza, jid));
  if (!asks(request)) return;
  const name = request.getChildText('nick', NS_NICK) ?? undefined;
  const item = x('item', { jid, name }, x('group', {}, group));
  await client.iq('set', undefined, x('query', { xmlns: NS_ROSTER }, item));
  await client.send(x('presence', { to: jid, type: 'subscribed' }));
  await client.send(x('presence', { to: jid, type: 'subscribe' }));
  await client.waitFor((stanza) => isFriend(stanza, jid));
}

/** Whether the stanza is the server's word that the contact is in the roster, and each sees the other. */
function isFriend(stanza: Element, jid: string): boolean {
  if (!stanza.is('iq') || stanza.attrs['type'] !== 'set') return false;
  const item = stanza.getChild('query', NS_ROSTER)?.getChild('item')?.attrs;
  return item?.['jid'] === jid && item['subscription'] === 'both';
}
