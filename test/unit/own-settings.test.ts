// Accounts that need no login, and what their users set for them: the commands, as form and chat drive them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Field, Reply } from '../../src/adapter/api.ts';
import type { CommandContext } from '../../src/account/command.ts';
import type { Registered } from '../../src/account/directory.ts';
import type { Flow } from '../../src/account/flow.ts';
import { openAccount, settings, which } from '../../src/account/own-settings.ts';

const user = { jid: 'juliet@example.org', lang: 'en', signal: new AbortController().signal };
const nick: Field = { name: 'nick', label: 'Nick', optional: true };
const registered = (id: number, realm: string, jid = user.jid): Registered => ({
  ...{ id, jid, realm, remote: '', state: 'active', announced: false },
  resources: new Set(),
});

function context(calls: string[], accounts: readonly Registered[] = [], realm: string | undefined = '%') {
  const back = {
    open: async (...args: readonly unknown[]) => {
      calls.push(`open ${args.join(' ')}`);
      return 7;
    },
    settings: async () => [{ ...nick, value: 'jules' }],
    configure: async (id: number, reply: Reply) => void calls.push(`configure ${id} ${reply['nick']}`),
  };
  const directory = { of: () => accounts[0], all: () => accounts.values() };
  const network = { id: 'irc', name: 'IRC', logins: [], settings: [nick], ...(realm === undefined ? {} : { realm }) };
  const opened = async (id: number) => void calls.push(`opened ${id}`);
  return { back, directory, network, domain: 'irc.example.org', opened } as unknown as CommandContext;
}

/** Answers the flow's only form. */
async function answer(flow: Flow, reply: Reply): Promise<{ fields: readonly string[]; end: unknown }> {
  const asked = await flow.next({});
  assert(!asked.done && asked.value.type === 'form');
  const end = await flow.next(reply);
  assert(end.done);
  return { fields: asked.value.fields.map(({ name, value }) => `${name}=${value ?? ''}`), end: end.value };
}

test('registering asks for the server and the settings at once, opens the account and sets it up', async () => {
  const calls: string[] = [];
  const { fields } = await answer(openAccount(context(calls), user), { realm: ' IRC.Example ', nick: 'jules' });
  assert.deepEqual(fields, ['realm=', 'nick=']);
  assert.deepEqual(calls, ['open irc.example.org juliet@example.org irc.example', 'configure 7 jules', 'opened 7']);
});

test('where the whole network is one, no server is asked for', async () => {
  const calls: string[] = [];
  const one = context(calls);
  delete (one.network as { realm?: string }).realm;
  const { fields } = await answer(openAccount(one, user), { nick: 'jules' });
  assert.deepEqual([fields, calls[0]], [['nick='], 'open irc.example.org juliet@example.org ']);
});

test('settings are shown as they are, and a change is made', async () => {
  const calls: string[] = [];
  const { fields, end } = await answer(settings(context(calls), registered(3, 'irc.example'), user), { nick: 'jul' });
  assert.deepEqual([fields, calls], [['nick=jules'], ['configure 3 jul']]);
  assert.deepEqual(end, { text: 'Saved. Your connection is made anew.' });
});

test('who has several accounts is asked which he means; who has one is not', async () => {
  const strange = registered(9, 'irc.third', 'romeo@example.org');
  const one = registered(1, 'irc.example');
  const alone = await which(context([], [one, strange]), user).next({});
  assert.deepEqual([alone.done, alone.value], [true, one]);
  const other = registered(2, 'irc.other');
  const choice = which(context([], [one, other, strange]), user);
  const asked = await choice.next({});
  assert(!asked.done && asked.value.type === 'form');
  assert.deepEqual(asked.value.fields[0]?.options, ['irc.example', 'irc.other']);
  assert.equal((await choice.next({ realm: 'irc.other' })).value, other);
});

test('where there is nothing to set, nothing is asked', async () => {
  const calls: string[] = [];
  const none = context(calls);
  none.back.settings = async () => [];
  const { done, value } = await settings(none, registered(7, ''), user).next({});
  assert.equal(done, true);
  assert.match(JSON.stringify(value), /nothing to set/);
  assert.deepEqual(calls, []);
});
