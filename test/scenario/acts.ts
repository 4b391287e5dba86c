// What users do and what they look for, in the words of the scenarios: register, befriend, write, command, and the stanzas
// that come back.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Attributes, Child, Element } from '../../src/xmpp/stanza.ts';
import { x } from '../../src/xmpp/stanza.ts';
import type { TestClient } from '../server/client.ts';

export const LOOPBACK = 'loopback.example.org';
export const TELEGRAM = 'telegram.example.org';
export const PUPPET = 'puppet.example.org';
export const ECHO = `echo@${LOOPBACK}`;
export const FLAKY = `flaky@${LOOPBACK}`;

export const NS = {
  register: 'jabber:iq:register',
  form: 'jabber:x:data',
  commands: 'http://jabber.org/protocol/commands',
  info: 'http://jabber.org/protocol/disco#info',
  items: 'http://jabber.org/protocol/disco#items',
  stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  error: 'urn:moongate:error:1',
  receipts: 'urn:xmpp:receipts',
  delay: 'urn:xmpp:delay',
  sid: 'urn:xmpp:sid:0',
  nick: 'http://jabber.org/protocol/nick',
  caps: 'http://jabber.org/protocol/caps',
  search: 'jabber:iq:search',
  gateway: 'jabber:iq:gateway',
} as const;

/** The form of a submission. */
export function submit(values: Readonly<Record<string, string>>, formType?: string): Element {
  const fields = Object.entries({ ...(formType === undefined ? {} : { FORM_TYPE: formType }), ...values });
  return x(
    'x',
    { xmlns: NS.form, type: 'submit' },
    ...fields.map(([name, value]) => x('field', { var: name }, x('value', {}, value))),
  );
}

/** Asks for the form and sends it filled in; the answer. */
export async function register(
  user: TestClient,
  domain: string,
  values: Readonly<Record<string, string>> = {},
): Promise<Element> {
  const form = await user.iq('get', domain, x('query', { xmlns: NS.register }));
  assert.equal(form.attrs['type'], 'result', form.toString());
  return user.iq('set', domain, x('query', { xmlns: NS.register }, submit(values, NS.register)));
}

/** Registers by form, as a client does that shows the gateway in its contact list. */
export async function enrol(
  user: TestClient,
  domain: string,
  values?: Readonly<Record<string, string>>,
): Promise<void> {
  const answer = await register(user, domain, values);
  assert.equal(answer.attrs['type'], 'result', answer.toString());
  await welcomed(user, domain);
}

/** Takes the gateway into the contact list: it asks, he agrees and asks in turn, and it appears (R8). */
export async function welcomed(user: TestClient, domain: string): Promise<void> {
  await user.waitFor(presence(domain, 'subscribe'));
  await agree(user, domain);
}

/**
 * Answers a contact's request for subscription and asks for its own; resolves to the available presence. Where the server
 * lets the gateway write rosters nobody asks, and the contact is simply there.
 */
export async function befriend(user: TestClient, jid: string): Promise<Element> {
  const first = await user.waitFor((stanza) => presence(jid, 'subscribe')(stanza) || presence(jid, undefined)(stanza));
  return first.attrs['type'] === undefined ? first : agree(user, jid);
}

async function agree(user: TestClient, jid: string): Promise<Element> {
  const granted = (stanza: Element): boolean => presence(jid, 'subscribed')(stanza);
  await user.send(x('presence', { to: jid, type: 'subscribed' }));
  await user.send(x('presence', { to: jid, type: 'subscribe' }));
  await user.waitFor(granted);
  return user.waitFor(presence(jid, undefined));
}

type Matches = (stanza: Element) => boolean;

/** A presence of this bare JID and this type; 'any': of whatever type. */
export const presence =
  (from: string, type: string | undefined): Matches =>
  (stanza) =>
    stanza.is('presence') &&
    stanza.attrs['from']?.split('/')[0] === from &&
    (type === 'any' || stanza.attrs['type'] === type);

/** The receipt for a message. */
export const receipt =
  (id: string): Matches =>
  (stanza) =>
    stanza.is('message') && stanza.getChild('received', NS.receipts)?.attrs['id'] === id;

/** The error that answers a message or presence with this id. */
export const errorFor =
  (id: string): Matches =>
  (stanza) =>
    stanza.attrs['type'] === 'error' && stanza.attrs['id'] === id;

/** What an error says, in short: `cancel item-not-found not-found`, and its text. */
export function told(stanza: Element): { readonly error: string; readonly text: string; readonly lang: string } {
  const error = stanza.getChild('error');
  const [condition] = error?.getChildElements().filter((child) => child.getNS() === NS.stanzas) ?? [];
  const text = error?.getChild('text', NS.stanzas);
  const code = error?.getChildText('code', NS.error) ?? 'no code';
  return {
    error: `${error?.attrs['type']} ${condition?.getName()} ${code}`,
    text: text?.getText() ?? '',
    lang: text?.attrs['xml:lang'] ?? '',
  };
}

/** Writes a message that asks for a receipt; its id. */
export function write(user: TestClient, to: string, body: string, attrs: Attributes = {}, ...more: Child[]) {
  return user.message(to, body, attrs, x('request', { xmlns: NS.receipts }), ...more);
}

/** Writes a message and resolves when the network has accepted it; its id. */
export async function deliver(user: TestClient, to: string, body: string): Promise<string> {
  const id = await write(user, to, body);
  await user.waitFor(receipt(id));
  return id;
}

/** Everything that was sent to the gateway before has been handled, and the answers are here. */
export async function settled(user: TestClient, domain: string): Promise<void> {
  await user.iq('get', domain, x('ping', { xmlns: 'urn:xmpp:ping' }));
}

/** An answer to an ad-hoc command. */
export interface CommandAnswer {
  readonly node: string;
  readonly session: string;
  readonly status: string | undefined;
  /** Notes, instructions and values, as one text. */
  readonly text: string;
  readonly stanza: Element;
}

/** Begins an ad-hoc command. */
export async function command(user: TestClient, domain: string, node: string, lang?: string): Promise<CommandAnswer> {
  return answerOf(node, await ask(user, domain, x('command', { xmlns: NS.commands, node, action: 'execute' }), lang));
}

/** Goes on with a command; without values only "next". */
export async function goOn(
  user: TestClient,
  domain: string,
  { node, session }: CommandAnswer,
  values?: Readonly<Record<string, string>>,
): Promise<CommandAnswer> {
  const form = values && submit(values);
  return answerOf(node, await ask(user, domain, x('command', { xmlns: NS.commands, node, sessionid: session }, form)));
}

/** An IQ set with a language. */
async function ask(user: TestClient, to: string, child: Element, lang?: string): Promise<Element> {
  const id = randomUUID();
  const answer = user.waitFor((stanza) => stanza.is('iq') && stanza.attrs['id'] === id);
  await user.send(x('iq', { type: 'set', to, id, 'xml:lang': lang }, child));
  return answer;
}

function answerOf(node: string, stanza: Element): CommandAnswer {
  const element = stanza.getChild('command', NS.commands);
  return {
    node,
    session: element?.attrs['sessionid'] ?? '',
    status: element?.attrs['status'],
    text: texts(element ?? stanza).join('\n'),
    stanza,
  };
}

function texts(element: Element): string[] {
  return element.children.flatMap((child) => (typeof child === 'string' ? [child] : texts(child)));
}

/** Says something to the gateway in a chat; what it answers. */
export async function chat(user: TestClient, domain: string, words: string, attrs: Attributes = {}): Promise<string> {
  const before = user.stanzas.length;
  await user.message(domain, words, attrs);
  const answer = await user.waitFor(
    (stanza) =>
      stanza.is('message') && stanza.attrs['from']?.split('/')[0] === domain && stanza.getChildText('body') !== null,
    { after: before },
  );
  return answer.getChildText('body') ?? '';
}
