// What IRC has and XMPP has no word for, by ad-hoc command: of the gateway of any server, of a person there, of a channel.
import assert from 'node:assert/strict';
import { x, type Element } from '../../../src/xmpp/stanza.ts';
import type { TestClient } from '../../server/client.ts';
import { join, journeys, OPEN } from './support.ts';

const NS = 'http://jabber.org/protocol/commands';

/** Executes a command, fills in its form, and reads its note. */
async function run(user: TestClient, to: string, id: string, fields?: Readonly<Record<string, string>>) {
  const node = `network/${id}`;
  const turn = async (sessionid?: string, inside?: Element): Promise<Element> => {
    const answer = await user.iq('set', to, x('command', { xmlns: NS, node, sessionid }, inside));
    const command = answer.getChild('command', NS);
    assert.ok(command, answer.toString());
    return command;
  };
  const first = await turn();
  if (fields === undefined) return first.getChildText('note') ?? '';
  const filled = Object.entries(fields).map(([name, value]) => x('field', { var: name }, x('value', {}, value)));
  const last = await turn(first.attrs['sessionid'], x('x', { xmlns: 'jabber:x:data', type: 'submit' }, ...filled));
  assert.equal(last.attrs['status'], 'completed');
  return last.getChildText('note') ?? '';
}

journeys('commands of IRC', (journey) => {
  journey('who somebody is, asked of the gateway and of himself; a mask that a channel keeps out', async (stage) => {
    const room = `#orders%127.0.0.1@${OPEN}`;
    const user = await stage.user();
    await join(user, room, 'Alice');
    const friend = await stage.friend('otto', stage.other);
    await friend.does('JOIN #orders');
    assert.match(await run(user, OPEN, 'whois', { nick: 'otto' }), /^otto is otto@/);
    assert.match(await run(user, `otto%127.0.0.1@${OPEN}`, 'whois-contact'), /^otto is otto@/);
    await run(user, room, 'ban', { mask: 'spam!*@*' });
    await friend.hears('MODE', '+b', 'spam!*@*');
    assert.match(await run(user, room, 'bans'), /spam!\*@\*/);
  });
});
