// What people do on IRC through the whole gateway: Prosody, ngircd (one network for a domain) and inspircd (any server).
import assert from 'node:assert/strict';
import { x } from '../../../src/xmpp/stanza.ts';
import {
  codesOf,
  FIXED,
  itemOf,
  join,
  journeys,
  KEPT,
  nickOf,
  NS_MUC,
  OPEN,
  reads,
  refusal,
  say,
  sees,
} from './support.ts';

const NS_ADMIN = `${NS_MUC}#admin`;
const NS_ITEMS = 'http://jabber.org/protocol/disco#items';

journeys('IRC', (journey) => {
  journey(
    'joining without any login: those who are there, oneself, the topic; then talk in both directions',
    async (stage) => {
      const room = `#garden@${FIXED}`;
      const friend = await stage.friend('bob');
      await friend.does('JOIN #garden', 'TOPIC #garden :Roses');
      const user = await stage.user();
      const heard = await join(user, room, 'Alice');
      const bob = heard.find((stanza) => nickOf(stanza) === 'bob');
      assert.ok(bob, 'bob is there');
      assert.deepEqual([itemOf(bob)['role'], itemOf(bob)['affiliation']], ['moderator', 'admin']);
      assert.ok(heard.some((stanza) => codesOf(stanza).includes('110')));
      assert.equal(heard.find((stanza) => stanza.getChild('subject'))?.getChildText('subject'), 'Roses');
      friend.say('PRIVMSG', '#garden', 'hello, XMPP');
      assert.equal(nickOf(await reads(user, room, 'hello, XMPP')), 'bob');
      await say(user, room, 'hello, IRC');
      await friend.hears('PRIVMSG', '#garden', 'hello, IRC');
      await say(user, room, '/me waves');
      await friend.hears('PRIVMSG', '\x01ACTION waves\x01');
      await say(user, room, 'two\nlines');
      await friend.hears('PRIVMSG', 'two');
      await friend.hears('PRIVMSG', 'lines');
    },
  );

  journey('people come, are renamed, are kicked and go', async (stage) => {
    const room = `#people@${FIXED}`;
    const user = await stage.user();
    await join(user, room, 'Alice');
    const friend = await stage.friend('carl');
    await friend.does('JOIN #people');
    await sees(user, room, 'carl');
    await friend.does('NICK karl');
    const carl = await sees(user, room, 'carl', ({ attrs }) => attrs['type'] === 'unavailable');
    assert.deepEqual([codesOf(carl), itemOf(carl)['nick']], [['303'], 'karl'], 'a rename, no farewell');
    await sees(user, room, 'karl', ({ attrs }) => attrs['type'] === undefined);
    const kick = x('item', { nick: 'karl', role: 'none' }, x('reason', {}, 'enough'));
    const done = await user.iq('set', room, x('query', { xmlns: NS_ADMIN }, kick));
    assert.equal(done.attrs['type'], 'result', done.toString());
    await friend.hears('KICK', 'enough');
    const gone = await sees(user, room, 'karl', ({ attrs }) => attrs['type'] === 'unavailable');
    assert.ok(codesOf(gone).includes('307'), gone.toString());
  });

  journey('another nick for oneself: in every room of the server, refused where somebody has it', async (stage) => {
    const [room, other] = [`#names@${FIXED}`, `#more-names@${FIXED}`];
    const friend = await stage.friend('kurt');
    await friend.does('JOIN #names');
    const user = await stage.user();
    await join(user, room, 'Alice');
    await join(user, other, 'Alice');
    await user.send(x('presence', { to: `${room}/Nora` }));
    await friend.hears('NICK', 'Nora');
    for (const one of [room, other]) {
      const own = await user.waitFor(
        (stanza) =>
          stanza.is('presence') && stanza.attrs['from']?.split('/')[0] === one && itemOf(stanza)['nick'] === 'Nora',
      );
      assert.deepEqual([own.attrs['type'], codesOf(own).toSorted()], ['unavailable', ['110', '303']]);
      const now = await sees(user, one, 'Nora');
      assert.ok(codesOf(now).includes('110'));
    }
    for (const [nick, condition] of [
      ['kurt', 'conflict'],
      ['no nick', 'not-acceptable'],
    ] as const) {
      const start = user.stanzas.length;
      await user.send(x('presence', { to: `${room}/${nick}` }));
      const refused = await user.waitFor((stanza) => stanza.attrs['type'] === 'error', { after: start });
      assert.equal(refusal(refused), condition);
    }
    await say(user, room, 'still here');
    assert.equal((await friend.hears('PRIVMSG', 'still here')).nick, 'Nora');
  });

  journey('who is away, on both sides', async (stage) => {
    const room = `#lunch%127.0.0.1@${OPEN}`;
    const friend = await stage.friend('lena', stage.other);
    await friend.does('JOIN #lunch');
    const user = await stage.user();
    await join(user, room, 'Alice');
    await friend.does('AWAY :at lunch');
    const away = await sees(user, room, 'lena', (presence) => presence.getChildText('show') === 'away');
    assert.equal(away.getChildText('status'), 'at lunch');
    await friend.does('AWAY');
    await user.waitFor((stanza) => stanza.attrs['from'] === `${room}/lena` && stanza.getChildText('show') === null, {
      after: user.stanzas.indexOf(away) + 1,
    });
    const nick = friend.heard('JOIN', '#lunch').at(-1)?.nick ?? '';
    await user.send(x('presence', { to: `${room}/${nick}` }, x('show', {}, 'away'), x('status', {}, 'at home')));
    while (friend.heard('301', nick, 'at home').length === 0) await friend.does(`WHOIS ${nick}`);
  });

  journey('two devices in a channel over one connection', async (stage) => {
    const room = `#desk@${FIXED}`;
    const friend = await stage.friend('mona');
    await friend.does('JOIN #desk');
    const name = stage.nextName();
    const [phone, laptop] = [await stage.user(name, 'phone'), await stage.user(name, 'laptop')];
    await join(phone, room, 'Alice');
    await join(laptop, room, 'Alice');
    await say(phone, room, 'from the phone');
    await reads(laptop, room, 'from the phone');
    friend.say('PRIVMSG', '#desk', 'to both');
    await Promise.all([phone, laptop].map((device) => reads(device, room, 'to both')));
    assert.equal(friend.heard('JOIN', '#desk').filter(({ nick }) => nick !== 'mona').length, 1);
    await phone.send(x('presence', { to: `${room}/Alice`, type: 'unavailable' }));
    await say(laptop, room, 'still one here');
    assert.deepEqual(friend.texts('#desk'), ['from the phone', 'still one here']);
  });

  journey('a server that bans a user: he is told once, his other servers and other users go on', async (stage) => {
    const [banned, other] = [`#ban%127.0.0.1@${OPEN}`, `#ban%localhost@${OPEN}`];
    const operator = await stage.friend('oper', stage.other);
    await operator.does('OPER root root', 'JOIN #ban');
    const bystander = await stage.user();
    await join(bystander, banned, 'Bob');
    const user = await stage.user();
    await join(user, other, 'Alice');
    await join(user, banned, 'Alice');
    const nick = operator.heard('JOIN', '#ban').at(-1)?.nick ?? '';
    await operator.does(`GLINE ${nick}@* 1h :go away`);
    await operator.hears('QUIT');
    const told = await user.waitFor(
      (stanza) =>
        stanza.attrs['from']?.startsWith(OPEN) === true &&
        /does not let you in/.test(stanza.getChildText('body') ?? ''),
    );
    assert.match(told.getChildText('body') ?? '', /^127\.0\.0\.1 does not let you in now/);
    await say(user, other, 'still here');
    await say(bystander, banned, 'so am I');
    await operator.hears('PRIVMSG', 'so am I');
  });

  journey('closed channels: a password, an invitation, a ban, no room, registration', async (stage) => {
    const friend = await stage.friend('dora');
    await friend.does(
      'JOIN #key',
      'MODE #key +k sesame',
      'JOIN #club',
      'MODE #club +i',
      'JOIN #out',
      'MODE #out +b *!*@127.0.0.1',
      'JOIN #full',
      'MODE #full +l 1',
    );
    const other = await stage.friend('dora', stage.other);
    await other.does('JOIN #known', 'MODE #known +R');
    const user = await stage.user();
    const expected = {
      [`#key@${FIXED}`]: 'not-authorized',
      [`#club@${FIXED}`]: 'registration-required',
      [`#out@${FIXED}`]: 'forbidden',
      [`#full@${FIXED}`]: 'service-unavailable',
      [`#known%127.0.0.1@${OPEN}`]: 'registration-required',
    };
    for (const [room, condition] of Object.entries(expected)) {
      const [answer] = await join(user, room, 'Alice');
      assert.equal(answer && refusal(answer), condition, room);
    }
    const heard = await join(user, `#key@${FIXED}`, 'Alice', x('password', {}, 'sesame'));
    assert.ok(heard.some((stanza) => nickOf(stanza) === 'dora'));
  });

  journey('private conversations, with the server as one of them', async (stage) => {
    const user = await stage.user();
    const friend = await stage.friend('emil');
    await user.message(`emil@${FIXED}`, 'psst');
    const heard = await friend.hears('PRIVMSG', 'psst');
    friend.say('PRIVMSG', heard.nick, 'what is it?');
    await reads(user, `emil@${FIXED}`, 'what is it?');
    await reads(user, `127.0.0.1@${FIXED}`, 'Welcome to the test.');
  });

  journey('the list of channels', async (stage) => {
    const friend = await stage.friend('frida');
    await friend.does('JOIN #list-one', 'JOIN #list-two');
    const user = await stage.user();
    await join(user, `#list-one@${FIXED}`, 'Alice');
    const answer = await user.iq('get', FIXED, x('query', { xmlns: NS_ITEMS }));
    const items =
      answer
        .getChild('query', NS_ITEMS)
        ?.getChildren('item')
        .map(({ attrs }) => attrs['jid']) ?? [];
    assert.ok(items.includes(`#list-one@${FIXED}`) && items.includes(`#list-two@${FIXED}`), answer.toString());
  });

  journey('any server: a channel and a person there, the account opened by the first word', async (stage) => {
    const room = `#moon%127.0.0.1@${OPEN}`;
    const friend = await stage.friend('gus', stage.other);
    await friend.does('JOIN #moon');
    const user = await stage.user();
    const heard = await join(user, room, 'Alice');
    assert.ok(
      heard.some((stanza) => nickOf(stanza) === 'gus'),
      heard.join(''),
    );
    friend.say('PRIVMSG', '#moon', 'far out');
    await reads(user, room, 'far out');
    await say(user, room, 'indeed');
    await friend.hears('PRIVMSG', '#moon', 'indeed');
    await user.message(`gus%127.0.0.1@${OPEN}`, 'psst');
    await friend.hears('PRIVMSG', 'psst');
    const [refused] = await join(user, `#moon%evil.example@${OPEN}`, 'Alice');
    assert.equal(refused?.attrs['type'], 'error');
    assert.match(String(refused), /evil\.example is not served here/);
    const [nameless] = await join(user, `#moon@${OPEN}`, 'Alice');
    assert.match(String(nameless), /Say which server/);
  });

  journey('the gateway is killed: it comes back to its channels by itself', async (stage) => {
    const room = `#back@${FIXED}`;
    const friend = await stage.friend('hugo');
    await friend.does('JOIN #back');
    const user = await stage.user();
    await join(user, room, 'Alice');
    await stage.gateway.kill();
    await friend.hears('QUIT');
    const before = friend.heard('JOIN').length;
    await stage.gateway.restart();
    await friend.until('the user is back', () => friend.heard('JOIN').length > before);
    friend.say('PRIVMSG', '#back', 'welcome back');
    await reads(user, room, 'welcome back');
  });

  journey('what was said while the gateway was dead comes first, once, in order', async (stage) => {
    const room = `#kept@${KEPT}`;
    const user = await stage.user();
    await join(user, room, 'Alice');
    stage.keeper.say('ida', '#kept', 'before');
    await reads(user, room, 'before');
    await stage.gateway.kill();
    for (const text of ['missed 1', 'missed 2', 'missed 3']) stage.keeper.say('ida', '#kept', text);
    await stage.gateway.restart();
    stage.keeper.say('ida', '#kept', 'after');
    await reads(user, room, 'after');
    const texts = user.stanzas.flatMap((stanza) =>
      stanza.attrs['from']?.startsWith(`${room}/ida`) ? (stanza.getChildText('body') ?? []) : [],
    );
    // What the server was given just before the kill goes again, with the same id.
    assert.deepEqual([...new Set(texts)], ['before', 'missed 1', 'missed 2', 'missed 3', 'after']);
    for (const text of ['missed 1', 'missed 2', 'missed 3'])
      assert.equal(texts.filter((one) => one === text).length, 1, text);
  });

  journey('a private word to somebody in the room, and the server of an open domain', async (stage) => {
    const room = `#aside%127.0.0.1@${OPEN}`;
    const friend = await stage.friend('jack', stage.other);
    await friend.does('JOIN #aside');
    const user = await stage.user();
    await join(user, room, 'Alice');
    await user.send(
      x(
        'message',
        { to: `${room}/jack`, type: 'chat', id: 'aside-1' },
        x('body', {}, 'between us'),
        x('x', { xmlns: `${NS_MUC}#user` }),
      ),
    );
    const heard = await friend.hears('PRIVMSG', 'between us');
    assert.equal(heard.params[0], 'jack');
    await reads(user, `%127.0.0.1@${OPEN}`, 'Welcome to the test.');
    await user.message(`%127.0.0.1@${OPEN}`, 'whois jack');
    await user.waitFor((stanza) => stanza.getChildText('body')?.startsWith('jack is jack@') ?? false);
  });
});
