// Prosody, the gateway and a real IRC server, with a user in XMPP and a friend of his on IRC: what the journeys share.
import { after, before, describe, test } from 'node:test';
import { x, type Element } from '../../../src/xmpp/stanza.ts';
import { Friend } from '../../adapter/irc/friend.ts';
import { FakeIrc } from '../../fake/irc/server.ts';
import { TestClient } from '../../server/client.ts';
import { on, prosody, type XmppServer } from '../../server/index.ts';
import { inspircd, ngircd, type IrcServer } from '../../server/ircd.ts';
import { Moongate } from '../../server/moongate.ts';

export { refusal } from '../room-acts.ts';

/** One network for the whole domain, and one domain for any server that is allowed. */
export const FIXED = 'irc.example.org';
export const OPEN = 'anyirc.example.org';
/** A network whose server keeps what was said. */
export const KEPT = 'keptirc.example.org';
export const NS_MUC = 'http://jabber.org/protocol/muc';
export const NS_USER = `${NS_MUC}#user`;
const NAMES = Array.from({ length: 30 }, (_, index) => `user${index}`);
const SCENE_MS = 60_000;

/** A stage that all journeys of one file share; each has users of its own. */
export class Stage implements AsyncDisposable {
  readonly xmpp: XmppServer;
  /** ngircd for the fixed domain, inspircd for the open one. */
  readonly irc: IrcServer;
  readonly other: IrcServer;
  readonly keeper: FakeIrc;
  readonly gateway: Moongate;
  readonly #guests: (TestClient | Friend)[] = [];
  #used = 0;

  private constructor(xmpp: XmppServer, servers: readonly [IrcServer, IrcServer, FakeIrc], gateway: Moongate) {
    this.xmpp = xmpp;
    [this.irc, this.other, this.keeper] = servers;
    this.gateway = gateway;
  }

  static async start(): Promise<Stage> {
    const [xmpp, irc, other, keeper] = await Promise.all([
      prosody.start({
        components: { [FIXED]: 'hush-fixed', [OPEN]: 'hush-open', [KEPT]: 'hush-kept' },
        users: NAMES,
        privilege: false,
      }),
      ngircd.start(),
      inspircd.start(),
      new FakeIrc().start(),
    ]);
    const plain = { tls: false, flood: false, raw: true };
    const second = { port: irc.port, tls: false };
    const open = { allow: ['127.0.0.1', 'localhost'], servers: { localhost: second } };
    const gateway = await Moongate.start({
      server: xmpp,
      transports: {
        [FIXED]: { adapter: 'irc', options: { server: '127.0.0.1', port: irc.port, ...plain } },
        [OPEN]: { adapter: 'irc', options: { ...open, port: other.port, ...plain } },
        [KEPT]: { adapter: 'irc', options: { server: '127.0.0.1', port: keeper.port, ...plain } },
      },
    }).catch(async (error: unknown) => {
      await Promise.all([xmpp.stop(), irc.stop(), other.stop(), keeper.stop()]);
      throw error;
    });
    return new Stage(xmpp, [irc, other, keeper], gateway);
  }

  /** The name of a user nobody has been yet. */
  nextName(): string {
    return NAMES[this.#used++] ?? '';
  }

  /** A user nobody has been yet. */
  async user(name = this.nextName(), resource?: string): Promise<TestClient> {
    const user = await TestClient.connect(this.xmpp, name, { ...(resource === undefined ? {} : { resource }) });
    this.#guests.push(user);
    return user;
  }

  /** Somebody on IRC. */
  async friend(nick: string, server = this.irc): Promise<Friend> {
    const friend = await Friend.connect(server.port, nick);
    this.#guests.push(friend);
    return friend;
  }

  async farewell(): Promise<void> {
    await Promise.all(this.#guests.splice(0).map((guest) => (guest instanceof Friend ? guest.quit() : guest.close())));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.farewell();
    await this.gateway.stop();
    await Promise.all([this.xmpp.stop(), this.irc.stop(), this.other.stop(), this.keeper.stop()]);
  }
}

/** Why the journeys cannot run here, if so. */
const missing = (): { readonly skip?: string } => {
  const reason = ngircd.missing() ?? inspircd.missing();
  return reason === undefined || process.env['CI'] === 'true' ? on(prosody) : { skip: reason };
};

/** Journeys of one stage. */
export function journeys(
  name: string,
  tell: (journey: (title: string, run: (stage: Stage) => Promise<void>) => void) => void,
): void {
  describe(name, missing(), () => {
    let stage: Stage | undefined;
    before(async () => {
      stage = await Stage.start();
    });
    after(async () => stage?.[Symbol.asyncDispose]());
    tell((title, run) => {
      void test(title, { timeout: SCENE_MS }, async () => {
        if (stage === undefined) throw new Error('no stage');
        try {
          await run(stage);
        } catch (error) {
          console.error(stage.gateway.log().split('\n').slice(-12).join('\n'));
          throw error;
        } finally {
          await stage.farewell();
        }
      });
    });
  });
}

const bareOf = ({ attrs }: Element): string => attrs['from']?.split('/')[0] ?? '';
export const nickOf = ({ attrs }: Element): string => attrs['from']?.split('/').slice(1).join('/') ?? '';
export const codesOf = (stanza: Element): readonly string[] =>
  stanza
    .getChild('x', NS_USER)
    ?.getChildren('status')
    .map(({ attrs }) => attrs['code'] ?? '') ?? [];
export const itemOf = (stanza: Element): Readonly<Record<string, string | undefined>> =>
  stanza.getChild('x', NS_USER)?.getChild('item')?.attrs ?? {};

/** Joins; resolves with what came until the subject, or with the error. */
export async function join(
  user: TestClient,
  room: string,
  nick: string,
  ...inside: readonly Element[]
): Promise<readonly Element[]> {
  const start = user.stanzas.length;
  await user.send(x('presence', { to: `${room}/${nick}` }, x('x', { xmlns: NS_MUC }, ...inside)));
  const isEnd = (stanza: Element): boolean =>
    bareOf(stanza) === room && (stanza.attrs['type'] === 'error' || stanza.getChild('subject') !== undefined);
  const end = await user.waitFor(isEnd, { after: start });
  const came = user.stanzas.slice(start).filter((stanza) => bareOf(stanza) === room);
  return came.slice(0, came.indexOf(end) + 1);
}

/** Says something in a room, and resolves with the reflection. */
export async function say(user: TestClient, room: string, body: string): Promise<Element> {
  const start = user.stanzas.length;
  await user.send(x('message', { to: room, type: 'groupchat', id: `say-${start}` }, x('body', {}, body)));
  return user.waitFor((stanza) => stanza.is('message') && stanza.attrs['id'] === `say-${start}`, { after: start });
}

/** A presence of somebody in a room. */
export function sees(
  user: TestClient,
  room: string,
  nick: string,
  fits: (presence: Element) => boolean = () => true,
): Promise<Element> {
  return user.waitFor((stanza) => stanza.is('presence') && stanza.attrs['from'] === `${room}/${nick}` && fits(stanza));
}

/** A message from a room with these words. */
export function reads(user: TestClient, from: string, body: string): Promise<Element> {
  return user.waitFor(
    (stanza) => stanza.is('message') && bareOf(stanza) === from && stanza.getChildText('body') === body,
  );
}
