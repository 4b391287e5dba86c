// What clients ask of rooms on each server: what a room is, its archive, who may do what.
import assert from 'node:assert/strict';
import { x, type Element } from '../../src/xmpp/stanza.ts';
import type { TestClient } from '../server/client.ts';
import { chat, codesOf, direct, fromRoom, garden, join, NS_MUC, NS_USER, refusal, say, speaks } from './room-acts.ts';
import { PUPPET, scenes } from './support.ts';

const NS_INFO = 'http://jabber.org/protocol/disco#info';
const NS_ITEMS = 'http://jabber.org/protocol/disco#items';
const NS_MAM = 'urn:xmpp:mam:2';
const NS_RSM = 'http://jabber.org/protocol/rsm';
const NS_ADMIN = `${NS_MUC}#admin`;

const varsOf = (parent: Element | undefined, name: string): readonly (string | undefined)[] =>
  parent?.getChildren(name).map(({ attrs }) => attrs['var']) ?? [];

/** What a query of the archive brings: results and the answer, and that these came in this order. */
async function archive(user: TestClient, ...inside: readonly Element[]): Promise<readonly [Element[], Element]> {
  const after = user.stanzas.length;
  const answer = await user.iq('set', garden, x('query', { xmlns: NS_MAM, queryid: 'q1' }, ...inside));
  const came = user.stanzas.slice(after);
  const results = came.slice(0, came.indexOf(answer)).flatMap((stanza) => stanza.getChild('result', NS_MAM) ?? []);
  return [results, answer];
}
const rsm = (...children: readonly Element[]): Element => x('set', { xmlns: NS_RSM }, ...children);
const form = (fields: Readonly<Record<string, string>>): Element =>
  x(
    'x',
    { xmlns: 'jabber:x:data', type: 'submit' },
    ...Object.entries({ FORM_TYPE: NS_MAM, ...fields }).map(([name, value]) =>
      x('field', { var: name }, x('value', {}, value)),
    ),
  );
const bodiesOf = (results: readonly Element[]): readonly (string | null | undefined)[] =>
  results.map((result) => result.getChild('forwarded')?.getChild('message')?.getChildText('body'));

/** A user in the garden, where Romeo has said so much. */
async function heard(user: TestClient, ...words: readonly string[]): Promise<void> {
  await join(user);
  await direct(user, ...words.map((word) => speaks('romeo', word)));
  const last = words.at(-1);
  if (last !== undefined) await user.body(last);
}

const admin = (user: TestClient, ...items: readonly Element[]): Promise<Element> =>
  user.iq('set', garden, x('query', { xmlns: NS_ADMIN }, ...items));

const isOwn = ({ attrs }: Element): boolean => attrs['from'] === `${garden}/Juliet`;
const affiliationOf = (stanza: Element): string | undefined =>
  stanza.getChild('x', NS_USER)?.getChild('item')?.attrs['affiliation'];

scenes({}, (scene) => {
  scene('R32', 'a room and its domain say what they are', async (world) => {
    const user = await world.puppetUser();
    await join(user);
    const room = (await user.iq('get', garden, x('query', { xmlns: NS_INFO }))).getChild('query', NS_INFO);
    const identity = room?.getChild('identity')?.attrs;
    assert.deepEqual(
      [identity?.['category'], identity?.['type'], identity?.['name']],
      [...['conference', 'text', 'The garden']],
    );
    const features = varsOf(room, 'feature');
    for (const feature of [
      ...[NS_MUC, 'muc_membersonly', 'muc_nonanonymous', 'muc_hidden', 'vcard-temp', 'urn:xmpp:sid:0', NS_MAM],
      ...[`${NS_MAM}#extended`, 'urn:xmpp:occupant-id:0', 'urn:xmpp:message-moderate:0'],
      ...['urn:xmpp:message-moderate:1', 'urn:xmpp:reactions:0'],
    ])
      assert(features.includes(feature), feature);
    const [first] = room?.getChildren('x', 'jabber:x:data') ?? [];
    assert.deepEqual(varsOf(first, 'field').slice(0, 2), ['FORM_TYPE', 'muc#roomconfig_roomname']);
    const domain = (await user.iq('get', PUPPET, x('query', { xmlns: NS_INFO }))).getChild('query', NS_INFO);
    const kinds = domain?.getChildren('identity').map(({ attrs }) => attrs['category']);
    assert.deepEqual(kinds, ['gateway', 'conference']);
    const items = (await user.iq('get', PUPPET, x('query', { xmlns: NS_ITEMS }))).getChild('query', NS_ITEMS);
    assert.deepEqual(
      items?.getChildren('item').map(({ attrs }) => attrs['jid']),
      [garden],
    );
    const people = (await user.iq('get', garden, x('query', { xmlns: NS_ITEMS }))).getChild('query', NS_ITEMS);
    assert.equal(people?.getChildren('item').length, 3);
    const card = await user.iq('get', garden, x('vCard', { xmlns: 'vcard-temp' }));
    assert.equal(card.attrs['type'], 'result');
  });

  scene('R41 R42', 'kick, ban and roles, and what is refused', async (world) => {
    const user = await world.puppetUser();
    await join(user);
    const gone = (nick: string, after: number): Promise<Element> =>
      user.waitFor(({ attrs }) => attrs['from'] === `${garden}/${nick}` && attrs['type'] === 'unavailable', { after });
    const both = await admin(user, x('item', { nick: 'Mercutio', role: 'none', affiliation: 'none' }));
    assert.equal(refusal(both), 'bad-request');
    assert.equal(refusal(await admin(user, x('item', { nick: 'Romeo', role: 'none' }))), 'not-allowed');
    await direct(user, { type: 'members', chat, members: [{ user: null, role: 'owner' }] });
    await user.waitFor((stanza) => isOwn(stanza) && affiliationOf(stanza) === 'owner');
    let after = user.stanzas.length;
    const reason = x('reason', {}, 'Too loud');
    assert.equal((await admin(user, x('item', { nick: 'Mercutio', role: 'none' }, reason))).attrs['type'], 'result');
    const kicked = await gone('Mercutio', after);
    assert(codesOf(kicked).includes('307'));
    assert.equal(kicked.getChild('x', NS_USER)?.getChild('item')?.getChildText('reason'), 'Too loud');
    after = user.stanzas.length;
    const ban = x('item', { jid: `romeo@${PUPPET}`, affiliation: 'outcast' });
    assert.equal((await admin(user, ban)).attrs['type'], 'result');
    const banned = await gone('Romeo', after);
    assert(codesOf(banned).includes('301'));
    assert.equal(banned.getChild('x', NS_USER)?.getChild('item')?.attrs['affiliation'], 'outcast');
    const last = await admin(user, x('item', { jid: user.bare, affiliation: 'member' }));
    assert.equal(refusal(last), 'conflict', 'the last owner');
    const owners = await user.iq('get', garden, x('query', { xmlns: NS_ADMIN }, x('item', { affiliation: 'owner' })));
    const listed = owners.getChild('query', NS_ADMIN)?.getChildren('item');
    assert.deepEqual(
      listed?.map(({ attrs }) => attrs['jid']),
      [user.bare],
    );
  });

  scene('R41', 'who is banned is on a list, until the ban is lifted', async (world) => {
    const user = await world.puppetUser();
    await join(user);
    const banned = async (): Promise<unknown> => {
      const query = x('query', { xmlns: NS_ADMIN }, x('item', { affiliation: 'outcast' }));
      const items = (await user.iq('get', garden, query)).getChild('query', NS_ADMIN)?.getChildren('item');
      return items?.map(({ attrs, ...item }) => [attrs, (item as Element).children.toString()]);
    };
    assert.deepEqual(await banned(), []);
    const jid = `mercutio@${PUPPET}`;
    const ban = x('item', { jid, affiliation: 'outcast' }, x('reason', {}, 'a plague'));
    assert.equal((await admin(user, ban)).attrs['type'], 'result');
    assert.deepEqual(await banned(), [
      [{ affiliation: 'outcast', jid }, '<actor nick="Juliet"/>,<reason>a plague</reason>'],
    ]);
    assert.equal((await admin(user, x('item', { jid, affiliation: 'none' }))).attrs['type'], 'result');
    assert.deepEqual(await banned(), []);
  });

  scene('R41', 'who is no moderator may not', async (world) => {
    const user = await world.puppetUser();
    await join(user);
    await direct(user, { type: 'members', chat, members: [{ user: null, role: 'member' }] });
    await user.waitFor((stanza) => stanza.getChild('x', NS_USER)?.getChild('item')?.attrs['role'] === 'participant', {
      after: user.stanzas.length,
    });
    assert.equal(refusal(await admin(user, x('item', { nick: 'Mercutio', role: 'none' }))), 'forbidden');
  });

  scene('R42', 'an owner destroys his room', async (world) => {
    const user = await world.puppetUser();
    await join(user);
    const destroy = x('query', { xmlns: `${NS_MUC}#owner` }, x('destroy', {}, x('reason', {}, 'Enough')));
    assert.equal(refusal(await user.iq('set', garden, destroy)), 'forbidden');
    await direct(user, { type: 'members', chat, members: [{ user: null, role: 'owner' }] });
    await user.waitFor((stanza) => isOwn(stanza) && affiliationOf(stanza) === 'owner');
    const after = user.stanzas.length;
    assert.equal((await user.iq('set', garden, destroy)).attrs['type'], 'result');
    const out = await user.waitFor((stanza) => stanza.getChild('x', NS_USER)?.getChild('destroy') !== undefined, {
      after,
    });
    assert.equal(out.attrs['type'], 'unavailable');
    assert.equal(out.getChild('x', NS_USER)?.getChild('destroy')?.getChildText('reason'), 'Enough');
    await user.body('left garden');
  });

  scene('R43', 'a ping to oneself tells whether one is in the room', async (world) => {
    const user = await world.puppetUser();
    const ping = (): Promise<Element> => user.iq('get', `${garden}/Juliet`, x('ping', { xmlns: 'urn:xmpp:ping' }));
    await join(user);
    assert.equal((await ping()).attrs['type'], 'result');
    await user.send(x('presence', { to: `${garden}/Juliet`, type: 'unavailable' }));
    await user.waitFor(({ attrs }) => attrs['from'] === `${garden}/Juliet` && attrs['type'] === 'unavailable');
    assert.equal(refusal(await ping()), 'not-acceptable');
  });

  scene('R43', 'what is asked of somebody in a room is answered, whoever asks', async (world) => {
    const user = await world.puppetUser();
    const ask = async (nick: string, name: string, xmlns: string): Promise<string | undefined> => {
      const answer = await user.iq('get', `${garden}/${nick}`, x(name, { xmlns }));
      return answer.attrs['type'] === 'result' ? answer.children.join('') : refusal(answer);
    };
    assert.equal(await ask('Romeo', 'query', NS_INFO), 'bad-request');
    assert.equal(await ask('Romeo', 'query', 'jabber:iq:version'), 'not-acceptable');
    await join(user);
    assert.equal(await ask('Romeo', 'query', 'jabber:iq:version'), 'service-unavailable');
    assert.equal(await ask('Romeo', 'query', NS_INFO), 'service-unavailable');
    assert.equal(await ask('Tybalt', 'query', 'jabber:iq:version'), 'item-not-found');
    const card = await ask('Romeo', 'vCard', 'vcard-temp');
    assert.equal(card, '<vCard xmlns="vcard-temp"><FN>Romeo</FN><NICKNAME>Romeo</NICKNAME></vCard>');
  });

  scene('R45', 'a moderator takes a message away, in either version', async (world) => {
    const user = await world.puppetUser();
    await heard(user, 'A plague', 'on both');
    for (const [word, version] of [
      ['A plague', '1'],
      ['on both', '0'],
    ] as const) {
      const id = (await user.body(word)).getChild('stanza-id', 'urn:xmpp:sid:0')?.attrs['id'] ?? '';
      const retract = x('retract', { xmlns: `urn:xmpp:message-retract:${version}` });
      const moderate = { xmlns: `urn:xmpp:message-moderate:${version}` };
      const wish =
        version === '1'
          ? x('moderate', { ...moderate, id }, retract)
          : x('apply-to', { xmlns: 'urn:xmpp:fasten:0', id }, x('moderate', moderate, retract));
      const after = user.stanzas.length;
      assert.equal((await user.iq('set', garden, wish)).attrs['type'], 'result');
      const told = await user.waitFor(
        (stanza) => stanza.getChild('retract', 'urn:xmpp:message-retract:1') !== undefined,
        {
          after,
        },
      );
      assert.equal(told.attrs['from'], garden, 'the room says it');
      assert.equal(told.getChild('retract')?.attrs['id'], id);
      assert(told.getChild('retract')?.getChild('moderated', 'urn:xmpp:message-moderate:1'));
    }
  });

  scene('R48', "a message's stanza-id is its id in the archive, in the order of arrival", async (world) => {
    const user = await world.puppetUser();
    await heard(user, 'one', 'two');
    const own = await say(user, 'three', 'own1');
    const [results] = await archive(user);
    assert.deepEqual(bodiesOf(results), ['one', 'two', 'three']);
    const live = [...fromRoom(user).filter((stanza) => stanza.getChild('body')), own].map(
      (stanza) => stanza.getChild('stanza-id', 'urn:xmpp:sid:0')?.attrs['id'],
    );
    assert.deepEqual(
      results.map(({ attrs }) => attrs['id']),
      [...new Set(live)],
    );
  });

  scene('R49', 'pages of the archive: forwards, backwards, counted, from an unknown place', async (world) => {
    const user = await world.puppetUser();
    await heard(user, 'one', 'two', 'three');
    const [first, answer] = await archive(user, rsm(x('max', {}, '2')));
    assert.deepEqual(bodiesOf(first), ['one', 'two']);
    const fin = answer.getChild('fin', NS_MAM);
    const page = fin?.getChild('set', NS_RSM);
    assert.equal(fin?.attrs['complete'], undefined);
    assert.deepEqual([page?.getChildText('count'), page?.getChild('first')?.attrs['index']], ['3', '0']);
    const last = page?.getChildText('last') ?? '';
    const [rest, end] = await archive(user, rsm(x('max', {}, '2'), x('after', {}, last)));
    assert.deepEqual(bodiesOf(rest), ['three']);
    assert.equal(end.getChild('fin', NS_MAM)?.attrs['complete'], 'true');
    const [newest] = await archive(user, rsm(x('max', {}, '1'), x('before')));
    assert.deepEqual(bodiesOf(newest), ['three']);
    const [, lost] = await archive(user, rsm(x('after', {}, 'nothing')));
    assert.equal(refusal(lost), 'item-not-found');
  });

  scene('R50', 'filters of the archive, flipped pages, metadata', async (world) => {
    const user = await world.puppetUser();
    await heard(user, 'one', 'two');
    await say(user, 'mine', 'own2');
    const [romeos] = await archive(user, form({ with: `${garden}/Romeo` }));
    assert.deepEqual(bodiesOf(romeos), ['one', 'two']);
    assert.deepEqual(
      romeos.map(({ attrs }) => attrs['queryid']),
      ['q1', 'q1'],
    );
    const [flipped] = await archive(user, rsm(x('before'), x('max', {}, '2')), x('flip-page'));
    assert.deepEqual(bodiesOf(flipped), ['mine', 'two']);
    const [none] = await archive(user, form({ start: '2100-01-01T00:00:00Z' }));
    assert.deepEqual(none, []);
    const [behind] = await archive(user, form({ 'after-id': romeos[0]?.attrs['id'] ?? '' }));
    assert.deepEqual(bodiesOf(behind), ['two', 'mine']);
    const [, wrong] = await archive(user, form({ colour: 'red' }));
    assert.equal(refusal(wrong), 'feature-not-implemented');
    const told = (await user.iq('get', garden, x('metadata', { xmlns: NS_MAM }))).getChild('metadata', NS_MAM);
    assert.equal(told?.getChild('start')?.attrs['id'], romeos[0]?.attrs['id']);
  });

  scene(
    'R51',
    'only he whose room it is reads its archive; what was taken back is in it, what was private is not',
    async (world) => {
      const user = await world.puppetUser();
      await heard(user, 'one');
      await say(user, 'oops', 'own3');
      await user.message(`${garden}/Romeo`, 'between us');
      const retract = x('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'own3' });
      const after = user.stanzas.length;
      await user.send(x('message', { to: garden, type: 'groupchat', id: 'own4' }, x('body', {}, 'gone'), retract));
      await user.waitFor((stanza) => stanza.attrs['id'] === 'own4', { after });
      const [results] = await archive(user);
      const said = results.map((result) => result.getChild('forwarded')?.getChild('message'));
      assert.equal(said.length, 3);
      assert(said[2]?.getChild('retract'), 'the retraction is a row of its own');
      assert(said.every((message) => message?.attrs['type'] === 'groupchat'));
      const stranger = await world.login();
      assert.equal(refusal((await archive(stranger))[1]), 'forbidden');
    },
  );
});
