// XEP-0092: Software Version, v1.1.
import { x } from '../stanza.ts';
import type { Feature } from './feature.ts';

/** Namespace of software versions. */
export const NS_VERSION = 'jabber:iq:version';

/** Says what the gateway is; not on what system it runs, which is nobody's business. */
export const version = (name: string, number: string): Feature => ({
  iq: [
    {
      on: ['gateway'],
      type: 'get',
      name: 'query',
      ns: NS_VERSION,
      handle: () => x('query', { xmlns: NS_VERSION }, x('name', {}, name), x('version', {}, number)),
    },
  ],
});
