// Which account a chat belongs to, and when one opens by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Accounts } from '../../src/account/accounts.ts';
import { Directory } from '../../src/account/directory.ts';
import { LinkError } from '../../src/link.ts';
import type { Account } from '../../src/store/api.ts';
import { TestClock } from './front/bench.ts';

const domain = 'irc.example.org';

/** A network with a realm behind `%`, where nobody logs in. */
function open() {
  const opened: Account[] = [];
  const none = (): AsyncIterable<never> => ({
    [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
  });
  const directory = new Directory(
    {
      account: async () => undefined,
      accountById: async (id) => opened[id - 1],
      accounts: none,
      docs: none,
    },
    domain,
  );
  const accounts = new Accounts({
    domain,
    network: { id: 'irc', name: 'IRC', logins: [], settings: [], realm: '%' },
    directory,
    back: {
      open: async (transport, jid, realm = '') => {
        if (realm === '') throw new LinkError({ code: 'not-found' });
        opened.push({ id: opened.length + 1, transport, jid, realm, remote: jid, state: 'active' });
        return opened.length;
      },
      status: async () => ({ state: 'online', can: [] }),
    },
    clock: new TestClock(),
    allowed: (jid) => jid.endsWith('@example.org'),
  });
  return { accounts, opened };
}

test('an account opens in the realm that the address names, once', async () => {
  const { accounts, opened } = open();
  const first = await accounts.take('juliet@example.org', 'garden%irc.one.example');
  assert.equal(first?.realm, 'irc.one.example');
  assert.equal((await accounts.take('juliet@example.org', 'romeo%irc.one.example'))?.id, first.id);
  assert.equal(accounts.of('juliet@example.org', 'garden%irc.two.example'), undefined);
  assert.equal(opened.length, 1);
});

test('no account for whoever may not have one; of an address without a realm the back says what is wrong', async () => {
  const { accounts, opened } = open();
  assert.equal(await accounts.take('tybalt@elsewhere.example', 'garden%irc.one.example'), undefined);
  await assert.rejects(accounts.take('juliet@example.org', 'garden'), LinkError);
  assert.equal(opened.length, 0);
});

test('a user cannot open accounts without end', async () => {
  const { accounts, opened } = open();
  for (let index = 0; index < 32; index++) await accounts.take('juliet@example.org', `garden%irc${index}.example`);
  const refused = accounts.take('juliet@example.org', 'garden%one.more.example');
  await assert.rejects(refused, (error) => error instanceof LinkError && error.failure.code === 'quota');
  assert.equal(opened.length, 32);
  assert.ok(await accounts.take('romeo@example.org', 'garden%irc1.example'), 'others are not touched by it');
});
