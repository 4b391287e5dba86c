// A component's connection to its XMPP server (XEP-0114); the only file that imports @xmpp/component.
import type { Stream, StreamOptions } from './stream/api.ts';

export * from './stream/api.ts';

/** Opens a component's stream and keeps it up until `close()`. */
export declare function openStream(options: StreamOptions): Stream;
