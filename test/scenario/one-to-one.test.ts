// A chat with one person as people expect it today: what is done to a message at one end is done to it at the other.
import assert from 'node:assert/strict';
import { x } from '../../src/xmpp/stanza.ts';
import type { TestClient } from '../server/client.ts';
import { act, holding, reactions, URN } from './deeds.ts';
import { befriend, ECHO, FLAKY, NS, PUPPET, scenes } from './support.ts';

/** Writes to echo and gives the ids of the message and of its answer. */
async function exchange(user: TestClient, text: string): Promise<{ readonly sent: string; readonly answer: string }> {
  const sent = await user.message(ECHO, text);
  const answer = await user.waitFor(
    (stanza) => stanza.is('message') && stanza.attrs['from'] === ECHO && stanza.getChildText('body') === text,
  );
  return { sent, answer: answer.attrs['id'] ?? '' };
}

/** The director makes somebody say or do something. */
const direct = (user: TestClient, who: string, event: object): Promise<string> =>
  user.message(`director@${PUPPET}`, `event ${who} ${JSON.stringify(event)}`);

scenes({}, (scene) => {
  scene('R26', 'the last message and an older one are corrected at both ends', async (world) => {
    const user = await world.loopbackUser();
    const first = await exchange(user, 'helo');
    const second = await exchange(user, 'wrold');
    for (const [{ sent, answer }, text] of [
      [second, 'world'],
      [first, 'hello'],
      [first, 'hello again'],
    ] as const) {
      await user.message(ECHO, text, {}, x('replace', { xmlns: URN.correct, id: sent }));
      const edited = await user.body(text);
      assert.equal(edited.getChild('replace', URN.correct)?.attrs['id'], answer);
    }
  });

  scene('R26', 'a correction and a reaction that overtake their message wait for it', async (world) => {
    const user = await world.loopbackUser();
    const sent = await user.message(ECHO, 'helo');
    await user.message(ECHO, 'hello', {}, x('replace', { xmlns: URN.correct, id: sent }));
    await act(user, ECHO, x('reactions', { xmlns: URN.reactions, id: sent }, x('reaction', {}, '👍')));
    const answer = (await user.body('helo')).attrs['id'];
    await holding(user, ECHO, 'replace', URN.correct, answer);
    await holding(user, ECHO, 'reactions', URN.reactions, sent);
  });

  scene('R26', 'a message that is taken back is gone at both ends', async (world) => {
    const user = await world.loopbackUser();
    const { sent, answer } = await exchange(user, 'hello');
    await act(user, ECHO, x('retract', { xmlns: URN.retract, id: sent }), x('body', {}, 'deleted'));
    await holding(user, ECHO, 'retract', URN.retract, answer);
  });

  scene('R26', 'reactions are a set, and a later one replaces it', async (world) => {
    const user = await world.loopbackUser();
    const { sent, answer } = await exchange(user, 'hello');
    for (const emojis of [['👍', '🎉'], ['❤️'], []]) {
      const before = user.stanzas.length;
      const each = emojis.map((emoji) => x('reaction', {}, emoji));
      await act(user, ECHO, x('reactions', { xmlns: URN.reactions, id: answer }, ...each));
      const back = await user.waitFor((stanza) => reactions(stanza) !== undefined, { after: before });
      assert.equal(back.getChild('reactions')?.attrs['id'], sent);
      assert.deepEqual(reactions(back), emojis);
    }
  });

  scene('R26 R19', 'what a contact cannot be done comes back as an error with words', async (world) => {
    const user = await world.loopbackUser();
    const sent = await user.message(FLAKY, 'ok');
    await user.body('Arrived at attempt 1.');
    const id = await act(user, FLAKY, x('reactions', { xmlns: URN.reactions, id: sent }, x('reaction', {}, '👍')));
    const error = await user.waitFor((stanza) => stanza.attrs['type'] === 'error' && stanza.attrs['id'] === id);
    assert.ok(error.getChild('error')?.getChild('feature-not-implemented', NS.stanzas));
    assert.match(error.getChild('error')?.getChildText('text') ?? '', /cannot be done on this network/);
  });

  scene('R26 R25', 'who has read an answer has it said, and is told when his own message was read', async (world) => {
    const user = await world.loopbackUser();
    const { sent, answer } = await exchange(user, 'hello');
    assert.ok((await user.body('hello')).getChild('markable', URN.markers));
    await act(user, ECHO, x('displayed', { xmlns: URN.markers, id: answer }));
    await holding(user, ECHO, 'displayed', URN.markers, sent);
  });

  scene('R26', 'typing goes there and comes back', async (world) => {
    const user = await world.loopbackUser();
    await befriend(user, ECHO);
    await act(user, ECHO, x('composing', { xmlns: URN.states }));
    await holding(user, ECHO, 'composing', URN.states);
  });

  scene('R26', 'the quote of a reply stays at home, styling that the network lacks is as typed', async (world) => {
    const user = await world.loopbackUser();
    const { answer } = await exchange(user, 'hello');
    const marks = [
      x('reply', { xmlns: URN.reply, to: ECHO, id: answer }),
      x('fallback', { xmlns: URN.fallback, for: URN.reply }, x('body', { start: '0', end: '8' })),
    ];
    await user.message(ECHO, '> hello\nwho is there?', {}, ...marks);
    await user.body('who is there?');
    await user.message(ECHO, '*bold* _and_ `code`');
    const plain = await user.body('*bold* _and_ `code`');
    assert.ok(plain.getChild('unstyled', URN.styling));
    for (const text of ['/me waves', 'geo:52.5,13.4']) await exchange(user, text);
    await act(user, ECHO, x('attention', { xmlns: URN.attention }));
    await user.body('(asks for your attention)');
    await user.message(ECHO, 'he dies', {}, x('spoiler', { xmlns: URN.spoiler }, 'Hamlet'));
    await user.body('Hamlet\nhe dies');
  });

  scene('R26', 'what is said on the network is shown with its mark-up, its reply and its spoiler', async (world) => {
    const user = await world.puppetUser();
    const bob = `bob@${PUPPET}`;
    const spans = [{ kind: 'bold', start: 0, end: 2 }];
    await direct(user, 'bob', { type: 'message', id: 'm1', content: { text: 'hi there', spans } });
    const first = await user.body('*hi* there');
    assert.equal(first.getChild('unstyled'), undefined);
    const replyTo = { id: 'm1', text: 'hi there' };
    await direct(user, 'bob', { type: 'message', id: 'm2', content: { text: 'again', replyTo } });
    const second = await user.body('> hi there\nagain');
    assert.deepEqual(
      [second.getChild('reply', URN.reply)?.attrs['id'], second.getChild('reply', URN.reply)?.attrs['to']],
      [first.attrs['id'], bob],
    );
    const range = second.getChild('fallback', URN.fallback)?.getChild('body')?.attrs;
    assert.deepEqual([range?.['start'], range?.['end']], ['0', '11']);
    const hidden = [{ kind: 'spoiler', start: 0, end: 3 }];
    await direct(user, 'bob', { type: 'message', id: 'm3', content: { text: 'dead', spans: hidden } });
    assert.ok((await user.body('dead')).getChild('spoiler', URN.spoiler));
    await direct(user, 'bob', { type: 'message', id: 'm4', content: { text: '*plain*' } });
    assert.ok((await user.body('*plain*')).getChild('unstyled', URN.styling));
    await direct(user, 'bob', { type: 'message', id: 'm5', content: { location: { lat: 1.5, lon: -2 } } });
    await user.body('geo:1.5,-2');
  });

  scene(
    'R26',
    'what becomes of a message on the network becomes of it here; of an unknown one it is told',
    async (world) => {
      const user = await world.puppetUser();
      const bob = `bob@${PUPPET}`;
      await direct(user, 'bob', { type: 'message', id: 'm1', content: { text: 'helo' } });
      const { id } = (await user.body('helo')).attrs;
      await direct(user, 'bob', { type: 'react', target: 'm1', emojis: ['👍'] });
      assert.deepEqual(reactions(await holding(user, bob, 'reactions', URN.reactions, id)), ['👍']);
      await direct(user, 'bob', { type: 'edit', target: 'm1', content: { text: 'hello' } });
      assert.equal((await user.body('hello')).getChild('replace', URN.correct)?.attrs['id'], id);
      await direct(user, 'bob', { type: 'retract', target: 'm1' });
      const retracted = await holding(user, bob, 'retract', URN.retract, id);
      assert.equal(retracted.getChild('fallback', URN.fallback)?.attrs['for'], URN.retract);
      await direct(user, 'bob', { type: 'edit', target: 'nowhere', content: { text: 'news' } });
      await user.body('(edited) news');
    },
  );

  scene('R26 R6', 'a contact announces what his network can do', async (world) => {
    const user = await world.loopbackUser();
    const answer = await user.iq('get', ECHO, x('query', { xmlns: NS.info }));
    const named =
      answer
        .getChild('query')
        ?.getChildren('feature')
        .map(({ attrs }) => attrs['var']) ?? [];
    for (const ns of [URN.correct, URN.retract, URN.reactions, URN.reply, URN.markers, URN.states])
      assert.ok(named.includes(ns), ns);
    const puppet = await world.puppetUser();
    const lesser = await puppet.iq('get', `director@${PUPPET}`, x('query', { xmlns: NS.info }));
    assert.doesNotMatch(lesser.toString(), /message-correct|reactions|chatstates/);
  });
});
