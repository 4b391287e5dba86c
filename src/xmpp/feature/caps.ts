// XEP-0115: Entity Capabilities, v1.6.0.
import { createHash } from 'node:crypto';
import { x, type Element } from '../stanza.ts';
import type { Feature, Identity } from './feature.ts';

/** Namespace of entity capabilities. */
export const NS_CAPS = 'http://jabber.org/protocol/caps';
/** What stands before the hash in a node of ours. */
export const CAPS_NODE = 'urn:moongate';

/** The verification string (5.1) of an answer without forms, hashed with SHA-1. */
export function capsVer(identities: readonly Identity[], features: readonly string[]): string {
  // Octets decide the order (i;octet), not UTF-16 units.
  const sorted = (lines: readonly string[]): string[] =>
    [...lines].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const lines = [
    ...sorted(identities.map(({ category, type, name }) => `${category}/${type}//${name ?? ''}`)),
    ...sorted(features),
  ];
  return createHash('sha1')
    .update(lines.map((line) => `${line}<`).join(''))
    .digest('base64');
}

/** The node that a client asks for after it has seen our capabilities. */
export const capsNode = (identities: readonly Identity[], features: readonly string[]): string =>
  `${CAPS_NODE}#${capsVer(identities, features)}`;

/** The element in a presence of ours. */
export const writeCaps = (identities: readonly Identity[], features: readonly string[]): Element =>
  x('c', { xmlns: NS_CAPS, hash: 'sha-1', node: CAPS_NODE, ver: capsVer(identities, features) });

/** Announces that presences carry capabilities. */
export const caps: Feature = { announces: { gateway: [NS_CAPS], contact: [NS_CAPS] } };
