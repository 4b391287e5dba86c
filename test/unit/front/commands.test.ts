// The gateway's commands, as ad-hoc commands (XEP-0050) and in the chat with the gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Element } from '../../../src/xmpp/stanza.ts';
import { condition, device, domain, FrontBench, juliet, tokenForm } from './bench.ts';

const NS = 'http://jabber.org/protocol/commands';
interface Turn {
  readonly action?: string;
  readonly sessionid?: string | undefined;
  readonly values?: Readonly<Record<string, string>>;
}
async function command(bench: FrontBench, node: string, turn: Turn = {}, from = device): Promise<Element> {
  const fields = Object.entries(turn.values ?? {}).map(
    ([name, value]) => `<field var='${name}'><value>${value}</value></field>`,
  );
  const form = turn.values ? `<x xmlns='jabber:x:data' type='submit'>${fields.join('')}</x>` : '';
  const session = turn.sessionid === undefined ? '' : ` sessionid='${turn.sessionid}'`;
  const action = turn.action === undefined ? '' : ` action='${turn.action}'`;
  return bench.ask('set', `<command xmlns='${NS}' node='${node}'${session}${action}>${form}</command>`, domain, from);
}
const part = (answer: Element): Element => {
  const found = answer.getChild('command', NS);
  assert(found, answer.toString());
  return found;
};
const note = (answer: Element): string => part(answer).getChildText('note') ?? '';

test('R7: the login runs as a command', async () => {
  await using bench = await FrontBench.start();
  const first = part(await command(bench, 'login'));
  assert.equal(first.attrs['status'], 'executing');
  const { sessionid } = first.attrs;
  const last = await command(bench, 'login', { sessionid, action: 'next', values: { token: 'right' } });
  assert.equal(part(last).attrs['status'], 'completed');
  assert((await bench.store.account(domain, juliet)) !== undefined);
});

test('R7: a login of several steps, with something to show between, runs as a command', async () => {
  await using bench = await FrontBench.start();
  bench.back.steps.set('scan', { type: 'show', flow: '', as: 'link', value: 'toy://login', note: 'Scan this' });
  bench.back.steps.set('', {
    type: 'form',
    flow: '',
    form: { title: 'Code', fields: [{ name: 'code', label: 'Code' }] },
  });
  const { sessionid } = part(await command(bench, 'login')).attrs;
  const shown = await command(bench, 'login', { sessionid, values: { token: 'scan' } });
  assert.match(shown.toString(), /toy:\/\/login/);
  const asked = await command(bench, 'login', { sessionid, action: 'next' });
  assert.match(asked.toString(), /var="code"/);
  const done = await command(bench, 'login', { sessionid, values: { code: 'right' } });
  assert.equal(part(done).attrs['status'], 'completed');
});

test('a login that is refused says why, and is over', async () => {
  await using bench = await FrontBench.start();
  const { sessionid } = part(await command(bench, 'login')).attrs;
  const refused = await command(bench, 'login', { sessionid, values: { token: 'wrong' } });
  assert.match(note(refused), /wrong token/);
  assert.equal(part(refused).getChild('note')?.attrs['type'], 'error');
  assert.equal(condition(await command(bench, 'login', { sessionid, values: {} })), 'bad-request');
});

test('a command that is cancelled gives up what it was about', async () => {
  await using bench = await FrontBench.start();
  const { sessionid } = part(await command(bench, 'login')).attrs;
  assert.equal(part(await command(bench, 'login', { sessionid, action: 'cancel' })).attrs['status'], 'canceled');
  assert.match(bench.back.calls.join(), /abandon/);
});

test("nobody goes on with another's session, nor with one that has expired", async () => {
  await using bench = await FrontBench.start();
  const { sessionid } = part(await command(bench, 'login')).attrs;
  const turn = { sessionid, values: { token: 'right' } };
  const stranger = await command(bench, 'login', turn, 'tybalt@example.org/x');
  assert(stranger.getChild('error')?.getChild('bad-sessionid', NS));
  bench.clock.advance(11 * 60_000);
  const late = await command(bench, 'login', turn);
  assert(late.getChild('error')?.getChild('session-expired', NS));
  assert.equal(await bench.store.account(domain, juliet), undefined);
});

test('status, contacts, add, search, retry, cancel and log out run as commands', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  assert.match(note(await command(bench, 'status')), /romeo[^]*2[^]*1/);
  assert.match(note(await command(bench, 'contacts')), /no contacts/);
  await bench.contact(account, '42', { name: 'Romeo', listed: true });
  await bench.presence('subscribe', `42@${domain}`);
  assert.match(note(await command(bench, 'contacts')), /Romeo: 42@/);
  bench.back.people = [{ chat: { kind: 'direct', id: '7' }, name: 'Rosaline' }];
  const adding = part(await command(bench, 'add')).attrs['sessionid'];
  assert.match(note(await command(bench, 'add', { sessionid: adding, values: { query: '7' } })), /Rosaline is 7@/);
  await bench.presence('subscribe', `7@${domain}`);
  const searching = part(await command(bench, 'search')).attrs['sessionid'];
  assert.match(
    note(await command(bench, 'search', { sessionid: searching, values: { query: 'Ro' } })),
    /Romeo[^]*Rosaline/,
  );
  assert.match(note(await command(bench, 'retry')), /1/);
  assert.match(note(await command(bench, 'cancel')), /2/);
  const leaving = part(await command(bench, 'logout')).attrs['sessionid'];
  await command(bench, 'logout', { sessionid: leaving, values: { sure: 'Yes' } });
  assert.equal(await bench.store.account(domain, juliet), undefined);
});

/** Says a line to the gateway and reads what it says to it. */
async function say(bench: FrontBench, line: string, lang?: string): Promise<string> {
  const before = bench.sent.length;
  const tongue = lang === undefined ? '' : ` xml:lang='${lang}'`;
  await bench.hear(`<message from='${device}' to='${domain}' type='chat'${tongue}><body>${line}</body></message>`);
  const said = bench.sent.slice(before).filter((stanza) => stanza.is('message'));
  return said.map((stanza) => stanza.getChildText('body')).join('\n');
}

test('R7: the login runs as a chat, warns about the secret, and does not ask for it twice', async () => {
  await using bench = await FrontBench.start();
  assert.match(await say(bench, 'login'), /stays in the history[^]*Token:/);
  assert.match(await say(bench, 'right'), /Delete the message[^]*logged in/);
  assert((await bench.store.account(domain, juliet)) !== undefined);
});

test('the chat speaks German to whom speaks German, and takes commands in it', async () => {
  await using bench = await FrontBench.start();
  assert.match(await say(bench, 'Hilfe', 'de'), /login: Anmelden/);
  assert.match(await say(bench, 'anmelden', 'de'), /Verlauf/);
  assert.match(await say(bench, 'stop', 'de'), /Abgebrochen/);
});

test('a word that the chat does not know is answered with where help is', async () => {
  await using bench = await FrontBench.start();
  assert.match(await say(bench, 'sing'), /"sing".*help/);
});

test('two machines do not talk for ever: what is not understood again and again is not answered', async () => {
  await using bench = await FrontBench.start();
  for (let times = 0; times < 5; times += 1) assert.match(await say(bench, 'I am away'), /do not know/);
  assert.equal(await say(bench, 'I am away'), '');
  assert.match(await say(bench, 'help'), /login/);
  assert.match(await say(bench, 'I am away'), /do not know/);
});

test('a stranger who may not register gets an error and no conversation', async () => {
  await using bench = await FrontBench.start();
  await bench.hear(`<message from='x@evil.example/y' to='${domain}' type='chat' id='a'><body>login</body></message>`);
  assert.deepEqual(bench.sent.map(condition), ['forbidden']);
});

test('the chat takes an answer in the same line, and a form without fields by "ok"', async () => {
  await using bench = await FrontBench.start();
  bench.back.form = { title: 'Open it', note: 'Nothing to fill in.', fields: [] };
  bench.back.steps.set('', { type: 'refused', failure: { code: 'conflict' } });
  assert.match(await say(bench, 'login'), /Nothing to fill in[^]*"ok"/);
  assert.match(await say(bench, 'ok'), /already in use/);
  bench.back.steps.clear();
  bench.back.form = tokenForm;
  await bench.register();
  assert.match(await say(bench, 'add @romeo'), /Romeo is 42@/);
});

test('a conversation that was left is over, and a late answer is not repeated', async () => {
  await using bench = await FrontBench.start();
  await say(bench, 'login');
  bench.clock.advance(11 * 60_000);
  const late = await say(bench, 'right');
  assert.match(late, /waited too long/);
  assert.doesNotMatch(late, /right/);
  assert.equal(await bench.store.account(domain, juliet), undefined);
});

test('a command that comes after a question was given up is carried out', async () => {
  await using bench = await FrontBench.start();
  await say(bench, 'login');
  bench.clock.advance(11 * 60_000);
  assert.match(await say(bench, 'help'), /waited too long[^]*login: Log in/);
});

test('choices that are sentences stand below their question with numbers', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  assert.match(await say(bench, 'leaving'), /:\n1\. I stay in the group\n2\. I leave the group on the network$/);
  assert.match(await say(bench, '1'), /Saved/);
});

test('while a login waits for something, "stop" gives it up and other words wait', async () => {
  await using bench = await FrontBench.start();
  const { promise: waiting, resolve: isWaiting } = Promise.withResolvers<undefined>();
  bench.back.proceed = () => {
    isWaiting(undefined);
    return new Promise(() => undefined);
  };
  await say(bench, 'login');
  const answered = say(bench, 'right');
  await waiting;
  const help = say(bench, 'help');
  await say(bench, 'stop');
  assert.match(await answered, /Stopped/);
  assert.match(await help, /login: Log in/);
  assert.match(bench.back.calls.join(), /abandon/);
});

test('an encrypted message to the gateway is answered like any other', async () => {
  await using bench = await FrontBench.start();
  await bench.hear(
    `<message from='${device}' to='${domain}' type='chat' id='a'><body>x</body>` +
      `<openpgp xmlns='urn:xmpp:openpgp:0'>x</openpgp></message>`,
  );
  assert.equal(condition(await bench.next(() => true)), 'feature-not-implemented');
});
