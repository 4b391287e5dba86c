// What the gateway says of itself and answers to clients: discovery, capabilities, prompt, search, ping, version.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { version } from '../../src/version.ts';
import { x, type Element } from '../../src/xmpp/stanza.ts';
import type { TestClient } from '../server/client.ts';
import {
  befriend,
  chat,
  command,
  ECHO,
  goOn,
  LOOPBACK,
  NS,
  presence,
  scenes,
  submit,
  TELEGRAM,
  told,
  welcomed,
} from './support.ts';

/** Features whose requests can be tried by anybody, with what is asked; the answer must not be "no such service". */
const tried: Readonly<Record<string, readonly ['get' | 'set', Element]>> = {
  [NS.info]: ['get', x('query', { xmlns: NS.info })],
  [NS.items]: ['get', x('query', { xmlns: NS.items })],
  [NS.commands]: ['set', x('command', { xmlns: NS.commands, node: 'help', action: 'execute' })],
  'jabber:iq:version': ['get', x('query', { xmlns: 'jabber:iq:version' })],
  [NS.register]: ['get', x('query', { xmlns: NS.register })],
  [NS.search]: ['get', x('query', { xmlns: NS.search })],
  [NS.gateway]: ['get', x('query', { xmlns: NS.gateway })],
  'urn:xmpp:ping': ['get', x('ping', { xmlns: 'urn:xmpp:ping' })],
};
/** Features that are no requests of their own. */
const silent = [NS.caps, NS.form];

async function info(user: TestClient, to: string, node?: string): Promise<Element> {
  const answer = await user.iq('get', to, x('query', { xmlns: NS.info, node }));
  const query = answer.getChild('query', NS.info);
  assert.ok(query, answer.toString());
  return query;
}

const features = (query: Element): string[] => query.getChildren('feature').map(({ attrs }) => attrs['var'] ?? '');

/** XEP-0115, 5.1, written for this test from the specification. */
function hashOf(query: Element): string {
  const identities = query.getChildren('identity').map(({ attrs }) => {
    const { category = '', type = '', 'xml:lang': lang = '', name = '' } = attrs;
    return `${category}/${type}/${lang}/${name}<`;
  });
  const said = [
    ...identities.sort(),
    ...features(query)
      .map((each) => `${each}<`)
      .sort(),
  ];
  return createHash('sha1').update(said.join('')).digest('base64');
}

scenes({}, (scene) => {
  scene('R6', 'the domain is a gateway to its network, and has exactly the features that it answers', async (world) => {
    const user = await world.telegramUser();
    const query = await info(user.user, TELEGRAM);
    // Monal wants the category; clients that look for a host of rooms find one, and see first that it is a gateway.
    assert.deepEqual(
      query.getChildren('identity').map(({ attrs: { category, type, name } }) => [category, type, name]),
      [
        ['gateway', 'telegram', 'Telegram'],
        ['conference', 'text', 'Telegram'],
      ],
    );
    assert.deepEqual(features(query).sort(), [...Object.keys(tried), ...silent].sort());
    for (const [feature, [type, payload]] of Object.entries(tried)) {
      const answer = await user.user.iq(type, TELEGRAM, payload);
      assert.equal(answer.attrs['type'], 'result', `${feature}: ${answer.toString()}`);
    }
    const other = await user.user.iq('get', TELEGRAM, x('query', { xmlns: 'jabber:iq:last' }));
    assert.equal(told(other).error, 'cancel service-unavailable unsupported');
  });

  scene('R6', 'caps in the presence of the gateway and of contacts are the hash of what disco says', async (world) => {
    const user = await world.loopbackUser();
    const contact = await befriend(user, ECHO);
    for (const stanza of [await user.waitFor(presence(LOOPBACK, undefined)), contact]) {
      const { ver, node, hash } = stanza.getChild('c', NS.caps)?.attrs ?? {};
      const from = stanza.attrs['from'] ?? '';
      assert.equal(hash, 'sha-1');
      assert.equal(ver, hashOf(await info(user, from)));
      // Cheogram offers its prompt only where the caps lead to a gateway identity.
      const asked = await info(user, from, `${node}#${ver}`);
      assert.equal(asked.attrs['node'], `${node}#${ver}`);
      assert.equal(ver, hashOf(asked));
    }
  });

  scene('R6', 'commands are listed for whom they fit, in his language, and described', async (world) => {
    const user = await world.login();
    const list = async (lang?: string): Promise<readonly (readonly [string, string])[]> => {
      const id = `list-${lang}-${user.stanzas.length}`;
      const query = x('query', { xmlns: NS.items, node: NS.commands });
      await user.send(x('iq', { type: 'get', to: LOOPBACK, id, 'xml:lang': lang }, query));
      const answer = await user.waitFor(({ attrs }) => attrs['id'] === id);
      const items = answer.getChild('query')?.getChildren('item') ?? [];
      assert.ok(items.every(({ attrs }) => attrs['jid'] === LOOPBACK));
      return items.map(({ attrs }) => [attrs['node'] ?? '', attrs['name'] ?? ''] as const);
    };
    assert.deepEqual(await list('en'), [
      ['login', 'Log in'],
      ['help', 'Help'],
    ]);
    await command(user, LOOPBACK, 'login').then((first) => goOn(user, LOOPBACK, first));
    await welcomed(user, LOOPBACK); // only then does the gateway know all that the session can do
    const all = await list('de');
    const nodes = all.map(([node]) => node);
    for (const node of ['login', 'logout', 'status', 'contacts', 'add', 'search', 'retry', 'cancel', 'help'])
      assert.ok(nodes.includes(node), node);
    // Dino and Converse have no commands: the chat has the same ones.
    const help = await chat(user, LOOPBACK, 'help', { 'xml:lang': 'de' });
    const lines = help.split('\n').flatMap((line) => /^(\w+): (.+)$/.exec(line)?.slice(1, 3).join(': ') ?? []);
    assert.deepEqual(
      lines,
      all.map(([node, name]) => `${node}: ${name}`),
    );
    assert.equal(new Map(all).get('status'), 'Zustand');
    const described = await info(user, LOOPBACK, 'status');
    assert.equal(described.getChild('identity')?.attrs['type'], 'command-node');
    assert.ok(features(described).includes(NS.commands));
    const missing = await user.iq('get', LOOPBACK, x('query', { xmlns: NS.info, node: 'no-such-node' }));
    assert.equal(told(missing).error, 'cancel item-not-found not-found');
  });

  scene('R6', 'the gateway is an item of the user’s own server, as Movim and Gajim look for it', async (world) => {
    const user = await world.login();
    const answer = await user.iq('get', world.server.host, x('query', { xmlns: NS.items }));
    const items = answer
      .getChild('query')
      ?.getChildren('item')
      .map(({ attrs }) => attrs['jid']);
    for (const domain of [LOOPBACK, TELEGRAM]) assert.ok(items?.includes(domain), `${domain} in ${String(items)}`);
  });

  scene(
    'R6',
    'a contact is an account that takes receipts; it needs no one’s registration to be asked',
    async (world) => {
      const user = await world.loopbackUser();
      const query = await info(user, ECHO);
      assert.equal(query.getChild('identity')?.attrs['category'], 'account');
      assert.ok(features(query).includes(NS.receipts));
      assert.ok(!features(query).includes(NS.gateway));
      assert.equal((await user.iq('get', ECHO, x('ping', { xmlns: 'urn:xmpp:ping' }))).attrs['type'], 'result');
    },
  );

  scene('R6', 'version and ping', async (world) => {
    const user = await world.login();
    const answer = await user.iq('get', TELEGRAM, x('query', { xmlns: 'jabber:iq:version' }));
    assert.equal(answer.getChild('query')?.getChildText('name'), 'Moongate');
    assert.equal(answer.getChild('query')?.getChildText('version'), version());
    assert.equal((await user.iq('get', TELEGRAM, x('ping', { xmlns: 'urn:xmpp:ping' }))).attrs['type'], 'result');
  });

  scene('R21', 'the prompt, in the user’s language, gives a valid address or says why not', async (world) => {
    const { user, bot } = await world.telegramUser();
    await world.person(bot, 'Eve', 'evening');
    await user.waitFor((stanza) => stanza.getChildText('nick', NS.nick) === 'Eve');
    const id = 'prompt';
    await user.send(x('iq', { type: 'get', to: TELEGRAM, id, 'xml:lang': 'de' }, x('query', { xmlns: NS.gateway })));
    const asked = await user.waitFor(({ attrs }) => attrs['id'] === id);
    assert.match(asked.getChild('query')?.getChildText('desc') ?? '', /^Gib die Adresse .* Telegram/);
    assert.ok(asked.getChild('query')?.getChildText('prompt'));

    const found = await user.iq('set', TELEGRAM, x('query', { xmlns: NS.gateway }, x('prompt', {}, '@evening')));
    assert.match(found.getChild('query')?.getChildText('jid') ?? '', /^[0-9]+@telegram\.example\.org$/);

    const none = await user.iq('set', TELEGRAM, x('query', { xmlns: NS.gateway }, x('prompt', {}, '@nobody')));
    assert.equal(told(none).error, 'cancel item-not-found not-found');
    assert.ok(told(none).text.includes(`https://t.me/${bot.username}`));
  });

  scene(
    'R24',
    'search finds contacts by name and handle: by form, without a form, by command and by chat',
    async (world) => {
      const { user, bot } = await world.telegramUser();
      const eve = await world.person(bot, 'Eve Evening', 'dusk');
      const jid = `${eve.id}@${TELEGRAM}`;
      await user.waitFor(presence(jid, 'subscribe'));

      const form = await user.iq('get', TELEGRAM, x('query', { xmlns: NS.search }));
      assert.ok(form.getChild('query')?.getChild('x', NS.form)?.getChild('field'));
      const query = x('query', { xmlns: NS.search }, submit({ query: 'evening' }, NS.search));
      const table = (await user.iq('set', TELEGRAM, query)).getChild('query')?.getChild('x', NS.form);
      const rows = table
        ?.getChildren('item')
        .map((item) => item.getChildren('field').map((each) => each.getChildText('value')));
      assert.deepEqual(rows, [[jid, 'Eve Evening', '@dusk']]);

      const plain = await user.iq('set', TELEGRAM, x('query', { xmlns: NS.search }, x('nick', {}, 'DUSK')));
      assert.deepEqual(
        plain
          .getChild('query')
          ?.getChildren('item')
          .map(({ attrs }) => attrs['jid']),
        [jid],
      );

      const asked = await command(user, TELEGRAM, 'search');
      const answer = await goOn(user, TELEGRAM, asked, { query: 'Eve' });
      assert.equal(answer.status, 'completed');
      assert.match(answer.text, new RegExp(`Eve Evening: ${jid}`));
      assert.match(await chat(user, TELEGRAM, 'search nobody'), /Nobody was found/);
      assert.match(await chat(user, TELEGRAM, 'search eve'), new RegExp(jid));
    },
  );

  scene('R24', 'adding by command: the contact found asks to be in the list', async (world) => {
    const user = await world.puppetUser();
    const added = await chat(user, 'puppet.example.org', 'add Zoe');
    assert.match(added, /^Zoe is zoe@puppet\.example\.org/);
    await user.waitFor(presence('zoe@puppet.example.org', 'subscribe'));
  });

  scene('R19', 'malformed addresses and requests are answered once, with a condition and words', async (world) => {
    const user = await world.loopbackUser();
    const nonsense = await user.iq('get', `no\\ssuch@${LOOPBACK}`, x('query', { xmlns: NS.info }));
    assert.equal(told(nonsense).error, 'cancel item-not-found not-found');
    const unknown = await user.iq('set', LOOPBACK, x('command', { xmlns: NS.commands, node: 'dance' }));
    assert.equal(told(unknown).error, 'cancel item-not-found not-found');
    for (const answer of [nonsense, unknown]) assert.ok(told(answer).text);
    await user.send(
      x('presence', { to: `room@${LOOPBACK}/nick` }, x('x', { xmlns: 'http://jabber.org/protocol/muc' })),
    );
    const join = await user.waitFor((stanza) => stanza.is('presence') && stanza.attrs['type'] === 'error');
    assert.equal(told(join).error, 'cancel service-unavailable unsupported');
  });
});
