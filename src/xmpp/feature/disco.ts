// XEP-0030: Service Discovery, v2.5rc3. What it says is derived from the features that are registered.
import type { Capability, Network } from '../../link.ts';
import { bareJid } from '../jid.ts';
import { x, type Element } from '../stanza.ts';
import { capsNode } from './caps.ts';
import {
  announced,
  IqError,
  type DiscoNode,
  type Feature,
  type Identity,
  type Place,
  type Request,
} from './feature.ts';

/** Namespace of disco#info. */
export const NS_INFO = 'http://jabber.org/protocol/disco#info';
/** Namespace of disco#items. */
export const NS_ITEMS = 'http://jabber.org/protocol/disco#items';

export interface DiscoOptions {
  readonly network: Network;
  /** All features, disco among them. */
  readonly features: () => readonly Feature[];
  /** The items of the domain itself: its rooms. */
  readonly rooms: (request: Request) => Promise<Element>;
}

/** Who an address of ours is. Clients that look for a host of rooms take the first one named so: the gateway comes first. */
export function identitiesOf({ id, name }: Network, place: Place, can: readonly Capability[]): readonly Identity[] {
  if (place !== 'gateway') return [{ category: 'account', type: 'registered' }];
  const hasRooms = can.some((one) => one === 'join' || one === 'rooms' || one === 'members');
  const gateway = { category: 'gateway', type: id, name };
  return hasRooms ? [gateway, { category: 'conference', type: 'text', name }] : [gateway];
}

/** Writes a disco#info result. */
export function writeInfo(identities: readonly Identity[], features: readonly string[], node?: string): Element {
  return x(
    'query',
    { xmlns: NS_INFO, node },
    ...identities.map(({ category, type, name }) => x('identity', { category, type, name })),
    ...features.map((each) => x('feature', { var: each })),
  );
}

/** What a feature has at a node of an address. Throws `not-found` where none has anything. */
export async function nodeAt(features: readonly Feature[], node: string, request: Request): Promise<DiscoNode> {
  for (const feature of features) {
    const found = await feature.node?.(node, request);
    if (found !== undefined) return found;
  }
  throw new IqError({ code: 'not-found' });
}

/** Writes the disco#items result of a node of the address that was asked. */
export function writeNodes({ items }: DiscoNode, { to }: Request, node: string | undefined): Element {
  const jid = bareJid(to);
  const nodes = items.map((item) => x('item', { jid, node: item.node, name: item.name }));
  return x('query', { xmlns: NS_ITEMS, node }, ...nodes);
}

/** Answers disco#info and disco#items of the gateway and its contacts. */
export function disco({ network, features, rooms }: DiscoOptions): Feature {
  const own = ({ place, account }: Request): DiscoNode => ({
    identities: identitiesOf(network, place, account?.status?.can ?? []),
    features: announced(features(), place, account?.status?.can),
    items: [],
  });
  const look = async (request: Request): Promise<{ readonly at: DiscoNode; readonly node: string | undefined }> => {
    const node = request.payload.attrs['node'];
    const here = own(request);
    if (node === undefined) return { at: here, node };
    const isCaps = request.payload.is('query', NS_INFO) && node === capsNode(here.identities, here.features);
    return { at: isCaps ? here : await nodeAt(features(), node, request), node };
  };
  return {
    iq: [
      {
        on: ['gateway', 'contact'],
        type: 'get',
        name: 'query',
        ns: NS_INFO,
        async handle(request) {
          const { at, node } = await look(request);
          return writeInfo(at.identities, at.features, node);
        },
      },
      {
        on: ['gateway', 'contact'],
        type: 'get',
        name: 'query',
        ns: NS_ITEMS,
        async handle(request) {
          if (request.place === 'gateway' && request.payload.attrs['node'] === undefined) return rooms(request);
          const { at, node } = await look(request);
          return writeNodes(at, request, node);
        },
      },
    ],
  };
}
