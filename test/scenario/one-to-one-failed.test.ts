// What failed, in the hands of its writer and of the operator.
import assert from 'node:assert/strict';
import type { TestClient } from '../server/client.ts';
import { chat, command, FLAKY, goOn, LOOPBACK, scenes } from './support.ts';

const USERS = 'http://jabber.org/protocol/admin#get-registered-users-list';
const ANNOUNCE = 'http://jabber.org/protocol/admin#announce';
const OPERATOR = 'friend@other.example';

/** Writes what flaky refuses; resolves when it has come back. */
async function refused(user: TestClient, text: string): Promise<void> {
  const id = await user.message(FLAKY, text);
  await user.waitFor((stanza) => stanza.attrs['type'] === 'error' && stanza.attrs['id'] === id);
}

scenes({ gateway: { admins: [OPERATOR] } }, (scene) => {
  scene('R25', 'what failed can be looked at, sent again and dropped, one by one or all', async (world) => {
    const user = await world.loopbackUser();
    assert.match((await command(user, LOOPBACK, 'failed')).text, /Nothing has failed/);
    await refused(user, 'reject');
    await refused(user, 'reject blocked');
    const asked = await command(user, LOOPBACK, 'failed');
    assert.match(asked.text, /1\. .*flaky@loopback\.example\.org: reject \(/);
    assert.match(asked.text, /2\. .*: reject blocked \(/);
    const before = user.stanzas.length;
    assert.match((await goOn(user, LOOPBACK, asked, { which: '2', what: 'Send again' })).text, /sent again: 1/);
    await user.waitFor((stanza) => stanza.attrs['type'] === 'error', { after: before });
    assert.match(await chat(user, LOOPBACK, 'failed'), /2\. .*reject blocked/);
    assert.match(await chat(user, LOOPBACK, '1'), /Send again, Drop/);
    assert.match(await chat(user, LOOPBACK, 'drop'), /dropped: 1/);
    const left = await command(user, LOOPBACK, 'failed');
    assert.doesNotMatch(left.text, /2\. /);
    assert.match((await goOn(user, LOOPBACK, left, { which: 'All (1)', what: 'Drop' })).text, /dropped: 1/);
    assert.match((await command(user, LOOPBACK, 'failed')).text, /Nothing has failed/);
  });

  scene('R25', 'an operator sees accounts and lanes, mends what failed, and tells everybody', async (world) => {
    const user = await world.loopbackUser();
    const [name = '', host = ''] = OPERATOR.split('@');
    const operator = await world.login(name, { host });
    await refused(user, 'reject');
    const { text: users } = await command(operator, LOOPBACK, USERS);
    assert.match(users, new RegExp(`${user.bare} is .*: online\\. Waiting: 0\\. Failed: 1`));
    const lanes = await command(operator, LOOPBACK, 'lanes');
    assert.match((await goOn(operator, LOOPBACK, lanes, { query: user.bare })).text, /Nothing waits/);
    const whose = await command(operator, LOOPBACK, 'failed-of');
    const asked = await goOn(operator, LOOPBACK, whose, { query: user.bare });
    assert.match(asked.text, /1\. .*reject/);
    assert.match((await goOn(operator, LOOPBACK, asked, { which: '1', what: 'Drop' })).text, /dropped: 1/);
    const announce = await command(operator, LOOPBACK, ANNOUNCE);
    const told = await goOn(operator, LOOPBACK, announce, { announcement: 'We restart at noon.' });
    assert.match(told.text, /told: \d+/);
    const heard = await user.body('We restart at noon.');
    assert.equal(heard.attrs['from']?.split('/')[0], LOOPBACK);
    assert.match((await command(user, LOOPBACK, USERS)).text, /does not allow/);
  });
});
