// What users can do about messages that failed, and what operators can do for everybody.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failed } from '../../../src/link.ts';
import type { Element } from '../../../src/xmpp/stanza.ts';
import { condition, device, domain, FrontBench, juliet } from './bench.ts';

const NS = 'http://jabber.org/protocol/commands';
const COUNT = 'http://jabber.org/protocol/admin#get-registered-users-num';
const USERS = 'http://jabber.org/protocol/admin#get-registered-users-list';
const ANNOUNCE = 'http://jabber.org/protocol/admin#announce';
const ADMIN = 'http://jabber.org/protocol/admin';
const admin = 'admin@example.org/desk';

async function run(
  bench: FrontBench,
  node: string,
  from: string,
  values?: Readonly<Record<string, string>>,
  sessionid = '',
): Promise<Element> {
  const fields = Object.entries(values ?? {}).map(
    ([name, value]) => `<field var='${name}'><value>${value}</value></field>`,
  );
  const form = values ? `<x xmlns='jabber:x:data' type='submit'>${fields.join('')}</x>` : '';
  const session = sessionid === '' ? '' : ` sessionid='${sessionid}'`;
  return bench.ask('set', `<command xmlns='${NS}' node='${node}'${session}>${form}</command>`, domain, from);
}
const session = (answer: Element): string => answer.getChild('command', NS)?.attrs['sessionid'] ?? '';
/** Its form's fields: their types, and what is in them. */
const shape = (answer: Element): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    (answer.getChild('command', NS)?.getChild('x', 'jabber:x:data')?.getChildren('field') ?? []).map((field) => [
      field.attrs['var'] ?? '',
      [field.attrs['type'], ...field.getChildren('value').map((value) => value.getText())],
    ]),
  );
const note = (answer: Element): string => answer.getChild('command', NS)?.getChildText('note') ?? '';

const chat = { kind: 'direct', id: '42' } as const;
const sender = { jid: device, id: 'a' };
const failures: readonly Failed[] = [
  { seq: 7, at: 0, why: 'blocked', body: { type: 'message', chat, sender, content: { text: 'hello\nthere' } } },
  { seq: 9, at: 0, why: 'expired', body: { type: 'react', chat, sender, target: 'a', emojis: ['👍'] } },
];

test('a user sees what failed, when, where and why, and has one sent again', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  assert.match(note(await run(bench, 'failed', device)), /Nothing has failed/);
  bench.back.failures = failures;
  const asked = await run(bench, 'failed', device);
  assert.match(asked.toString(), /1\. Jan 1, 1970.*42@net\.example\.org: hello there \(The other side has blocked you/);
  assert.match(asked.toString(), /2\. .*reacted with 👍.*too late/);
  const done = await run(bench, 'failed', device, { which: '2', what: 'Send again' }, session(asked));
  assert.match(note(done), /sent again: 1/);
  assert.equal(bench.back.calls.at(-1), `retry ${account} 9`);
});

test('in the chat with the gateway he lets go of all', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  bench.back.failures = failures;
  const say = (body: string): Promise<void> =>
    bench.hear(`<message from='${device}' to='${domain}' type='chat' id='${body}'><body>${body}</body></message>`);
  for (const words of ['failed', '3', 'drop']) await say(words);
  assert.equal(bench.back.calls.at(-1), `drop ${account} all`);
});

test('commands of operators are for operators: nobody else sees or runs them', async () => {
  await using bench = await FrontBench.start({ admins: ['admin@example.org'] });
  await bench.register();
  const listed = async (from: string): Promise<string> =>
    (
      await bench.ask('get', `<query xmlns='http://jabber.org/protocol/disco#items' node='${NS}'/>`, domain, from)
    ).toString();
  const nodes = [COUNT, USERS, ANNOUNCE, 'lanes', 'failed-of'];
  for (const node of nodes) {
    assert.equal((await listed(device)).includes(`"${node}"`), false);
    assert.ok((await listed(admin)).includes(`"${node}"`));
    assert.match(note(await run(bench, node, device)), /does not allow/);
  }
  assert.equal(
    bench.back.calls.some((call) => call.startsWith('announce')),
    false,
  );
});

test('an operator sees the accounts, in words and as XEP-0133 has it', async () => {
  await using bench = await FrontBench.start({ admins: ['admin@example.org'] });
  await bench.register();
  const answer = await run(bench, USERS, admin);
  assert.match(note(answer), /Accounts: 1\.\njuliet@example\.org is bot of juliet@example\.org: online\. Waiting: 2/);
  assert.deepEqual(shape(answer), {
    FORM_TYPE: ['hidden', ADMIN],
    registereduserjids: ['jid-multi', juliet],
  });
  const number = await run(bench, COUNT, admin);
  assert.equal(note(number), 'Accounts: 1.');
  assert.deepEqual(shape(number), { FORM_TYPE: ['hidden', ADMIN], registeredusersnum: ['text-single', '1'] });
});

test('an announcement is asked for as XEP-0133 has it, and may have several lines', async () => {
  await using bench = await FrontBench.start({ admins: ['admin@example.org'] });
  const asked = await run(bench, ANNOUNCE, admin);
  assert.deepEqual(shape(asked), { FORM_TYPE: ['hidden', ADMIN], announcement: ['text-multi'] });
  const lines = '<value>At noon:</value><value>a restart</value>';
  const form = `<x xmlns='jabber:x:data' type='submit'><field var='announcement'>${lines}</field></x>`;
  const command = `<command xmlns='${NS}' node='${ANNOUNCE}' sessionid='${session(asked)}'>${form}</command>`;
  await bench.ask('set', command, domain, admin);
  assert.equal(bench.back.calls.at(-1), `announce ${domain} At noon:\na restart`);
});

test("an operator sees what a user's server refused, between what the user could not send, and has it delivered", async () => {
  await using bench = await FrontBench.start({ admins: ['admin@example.org'] });
  const account = await bench.register();
  const lane = { account, direction: 'in', chat: 1, slot: 'main' } as const;
  const event = { type: 'message', key: 'k', chat, from: '42', at: 0, id: '5', content: { text: 'good\nnight' } };
  const why = 'not-acceptable';
  const seq = await bench.refused(
    { lane, owner: `stream/${domain}`, key: 'k', at: 0, body: { type: 'event', event } },
    why,
  );
  bench.back.failures = failures.map((one) => ({ ...one, seq: seq + one.seq }));

  assert.match(note(await run(bench, 'status', device)), /Refused by your server, and kept: 1\./);
  assert.match(note(await run(bench, USERS, admin)), /Refused by his server: 1\./);
  assert.doesNotMatch((await run(bench, 'failed', device)).toString(), /good night/);
  const whose = { query: juliet };
  const ofHim = async (): Promise<Element> =>
    run(bench, 'failed-of', admin, whose, session(await run(bench, 'failed-of', admin)));
  const asked = await ofHim();
  assert.match(
    asked.toString(),
    /1\. .*, from 42@net\.example\.org: good night \(refused by his server: not-acceptable\)/,
  );
  assert.match(asked.toString(), /2\. .*, 42@net\.example\.org: hello there/);

  await run(bench, 'failed-of', admin, { which: '1', what: 'Send again' }, session(asked));
  assert.equal(bench.back.calls.at(-1), `deliver ${account} ${seq}`);
  const again = await ofHim();
  await run(bench, 'failed-of', admin, { which: 'All (3)', what: 'Drop' }, session(again));
  assert.deepEqual(bench.back.calls.slice(-2), [`let go ${account} all`, `drop ${account} all`]);
});

test("an operator sees what waits for a user, and sends again what failed in the user's name", async () => {
  await using bench = await FrontBench.start({ admins: ['admin@example.org'] });
  const account = await bench.register();
  const whose = { query: juliet };
  const lanes = await run(bench, 'lanes', admin, whose, session(await run(bench, 'lanes', admin)));
  assert.equal(note(lanes), `To 42@${domain}: 3 (99 bytes).\nFrom ${domain}: 1 (7 bytes).`);
  bench.back.failures = failures;
  const asked = await run(bench, 'failed-of', admin, whose, session(await run(bench, 'failed-of', admin)));
  await run(bench, 'failed-of', admin, { which: 'All (2)', what: 'Send again' }, session(asked));
  assert.equal(bench.back.calls.at(-1), `retry ${account} all`);
  const nobody = await run(bench, 'lanes', admin, { query: 'x@y' }, session(await run(bench, 'lanes', admin)));
  assert.match(note(nobody), /no such contact/);
});

test('an operator tells all users something, in the language of his choice also by chat', async () => {
  await using bench = await FrontBench.start({ admins: ['admin@elsewhere.example'] });
  const from = 'admin@elsewhere.example/desk';
  await bench.hear(
    `<message from='${from}' to='${domain}' type='chat' id='1'><body>announce We restart at noon</body></message>`,
  );
  assert.equal(bench.back.calls.at(-1), `announce ${domain} We restart at noon`);
  assert.match(
    (await bench.next((stanza) => stanza.is('message'))).getChildText('body') ?? '',
    /Users that are told: 5/,
  );
  await bench.hear(
    `<message from='m@elsewhere.example/x' to='${domain}' type='chat' id='2'><body>help</body></message>`,
  );
  assert.equal(condition(await bench.next((stanza) => stanza.is('message'))), 'forbidden');
});
