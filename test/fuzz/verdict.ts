// What must be true of what a front says to some stanzas that came together.
import assert from 'node:assert/strict';
import type { Entry } from '../../src/store/api.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import type { Element } from '../../src/xmpp/stanza.ts';
import { domain } from '../unit/front/bench.ts';

/** The names by which a stanza and its answer find each other. */
const asked = ({ attrs }: Element): string => JSON.stringify([attrs['id'], attrs['from'], attrs['to']]);
const answered = ({ attrs }: Element): string => JSON.stringify([attrs['id'], attrs['to'], attrs['from']]);
const isError = (stanza: Element): boolean => stanza.attrs['type'] === 'error';

/** For us to answer; what names another domain is not. An address that cannot be read is answered all the same. */
function isOurs({ attrs }: Element): boolean {
  const target = parseJid(attrs['to'] ?? '');
  return attrs['from'] !== undefined && (target === undefined || target.domain === domain);
}

function tally(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Each get and set has one answer, and there is no answer to anything else. */
export function judgeRequests(came: readonly Element[], said: readonly Element[]): void {
  const requests = came.filter((each) => each.is('iq') && /^[gs]et$/.test(each.attrs['type'] ?? '') && isOurs(each));
  // A type that is none is refused.
  const odd = came.filter((each) => each.is('iq') && !/^([gs]et|result|error)$/.test(each.attrs['type'] ?? ''));
  const answers = said.filter((each) => each.is('iq') && /^(result|error)$/.test(each.attrs['type'] ?? ''));
  const given = tally(answers.map(answered));
  for (const [name, count] of tally(requests.map(asked))) {
    const extra = odd.filter((each) => asked(each) === name).length;
    const found = given.get(name) ?? 0;
    assert(found >= count && found <= count + extra, `${count} requests, ${found} answers: ${name}`);
    given.delete(name);
  }
  for (const each of odd) given.delete(asked(each));
  assert.deepEqual([...given.keys()], [], 'answers that nobody asked for');
}

/** What is said to those who named us comes from us; an address that cannot be read answers as itself. */
export function judgeSenders(said: readonly Element[]): void {
  const foreign = said.filter(({ attrs }) => {
    const from = parseJid(attrs['from'] ?? '');
    return from !== undefined && from.domain !== domain;
  });
  assert.deepEqual(foreign.map(String), [], 'stanzas from addresses of others');
}

/** Each error answers one stanza that is no error itself. */
export function judgeErrors(came: readonly Element[], said: readonly Element[]): void {
  for (const kind of ['message', 'presence']) {
    const causes = tally(came.filter((each) => each.is(kind) && !isError(each)).map(asked));
    for (const [name, count] of tally(said.filter((each) => each.is(kind) && isError(each)).map(answered)))
      assert(count <= (causes.get(name) ?? 0), `${count} errors for ${causes.get(name) ?? 0} of ${kind} ${name}`);
  }
}

/** Each message with words to a contact is in a lane, or its sender has one error with its id. */
export function judgeMessages(came: readonly Element[], said: readonly Element[], landed: readonly Entry[]): void {
  const errors = tally(said.filter((each) => each.is('message') && isError(each)).map(answered));
  const taken = tally(
    landed.map(({ body }) => (body as { readonly sender?: { readonly id?: string } }).sender?.id ?? ''),
  );
  for (const stanza of came.filter(hasWords)) {
    const outcomes = (errors.get(asked(stanza)) ?? 0) + (taken.get(stanza.attrs['id'] ?? '') ?? 0);
    assert.equal(outcomes, 1, `delivered or refused ${outcomes} times: ${stanza.toString().slice(0, 500)}`);
  }
}

/** Its writer waits for it: it has words, an id that no other has, and goes to a contact. */
function hasWords(stanza: Element): boolean {
  const { id = '', from = '', to = '', type } = stanza.attrs;
  if (!stanza.is('message') || type === 'error' || type === 'headline' || !id.startsWith('fuzz-')) return false;
  const target = parseJid(to);
  if (parseJid(from) === undefined || target?.domain !== domain || target.local === undefined) return false;
  const origin = stanza.getChild('origin-id', 'urn:xmpp:sid:0')?.attrs['id'] ?? id;
  const bodies = stanza.getChildren('body');
  const privileged = stanza.getChild('privilege') !== undefined;
  return !privileged && origin === id && bodies.length > 0 && bodies.every((body) => body.getText().trim() !== '');
}
