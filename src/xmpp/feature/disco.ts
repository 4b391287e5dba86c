// XEP-0030: Service Discovery, v2.5rc3. What it says is derived from the features that are registered.
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
  readonly domain: string;
  /** Who the gateway and its contacts are; a contact's name is nobody's business but his friends'. */
  readonly identities: Readonly<Record<Place, readonly Identity[]>>;
  /** All features, disco among them. */
  readonly features: () => readonly Feature[];
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

/** Answers disco#info and disco#items of the gateway and its contacts. */
export function disco({ domain, identities, features }: DiscoOptions): Feature {
  const find = (node: string, request: Request): DiscoNode => {
    for (const feature of features()) {
      const found = request.place === 'gateway' ? feature.node?.(node, request) : undefined;
      if (found !== undefined) return found;
    }
    throw new IqError({ code: 'not-found' });
  };
  const own = ({ place, account }: Request): DiscoNode => ({
    identities: identities[place],
    features: announced(features(), place, account?.status?.can),
    items: [],
  });
  const look = (request: Request): { readonly at: DiscoNode; readonly node: string | undefined } => {
    const node = request.payload.attrs['node'];
    const here = own(request);
    if (node === undefined) return { at: here, node };
    const isCaps = request.payload.is('query', NS_INFO) && node === capsNode(here.identities, here.features);
    return { at: isCaps ? here : find(node, request), node };
  };
  return {
    iq: [
      {
        on: ['gateway', 'contact'],
        type: 'get',
        name: 'query',
        ns: NS_INFO,
        handle(request) {
          const { at, node } = look(request);
          return writeInfo(at.identities, at.features, node);
        },
      },
      {
        on: ['gateway', 'contact'],
        type: 'get',
        name: 'query',
        ns: NS_ITEMS,
        handle(request) {
          const { at, node } = look(request);
          const items = at.items.map((item) => x('item', { jid: domain, node: item.node, name: item.name }));
          return x('query', { xmlns: NS_ITEMS, node }, ...items);
        },
      },
    ],
  };
}
