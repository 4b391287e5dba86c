// XEP-0199: XMPP Ping, v2.0.1.
import type { Feature } from './feature.ts';

/** Namespace of pings. */
export const NS_PING = 'urn:xmpp:ping';

/** Answers every ping. */
export const ping: Feature = {
  iq: [{ on: ['gateway', 'contact'], type: 'get', name: 'ping', ns: NS_PING, handle: () => undefined }],
};
