// Contacts in the roster of a user whose server lets the gateway write it (XEP-0356).
import assert from 'node:assert/strict';
import { enrol, LOOPBACK, scenes } from './support.ts';

scenes({ server: { privilege: true } }, (scene) => {
  scene('R22', 'contacts of the network are in the roster by name, or ask to be', async (world, kind) => {
    const user = await world.login();
    await enrol(user, LOOPBACK);
    const echo = `echo@${LOOPBACK}`;
    if (kind === 'ejabberd') {
      // 23.01 grants rosters and fails to set one.
      const request = await user.waitFor((stanza) => stanza.is('presence') && stanza.attrs['from'] === echo);
      assert.equal(request.attrs['type'], 'subscribe');
      return;
    }
    const push = await user.waitFor(
      (stanza) =>
        stanza.is('iq') && stanza.getChild('query', 'jabber:iq:roster')?.getChild('item')?.attrs['jid'] === echo,
    );
    const item = push.getChild('query')?.getChild('item');
    assert.deepEqual([item?.attrs['name'], item?.attrs['subscription']], ['Echo', 'both']);
    await user.waitFor((stanza) => stanza.is('presence') && stanza.attrs['from'] === echo);
    assert.equal(
      user.stanzas.some(({ attrs }) => attrs['type'] === 'subscribe' && attrs['from'] === echo),
      false,
    );
  });
});
