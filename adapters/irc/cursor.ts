// What an account keeps on disk, and how the adapter's types are called.
import type { Host } from 'moongate/adapter';
import type { IrcConfig } from './config.ts';

/** An account needs no login: what its connection is made with are its settings. */
export type IrcCredentials = null;

/** Where the user is, so that a restart brings him back. */
export interface IrcCursor {
  /** Channels by name, with their keys. */
  readonly channels: readonly { readonly name: string; readonly key?: string }[];
  /** The nick that the user took while he was connected, instead of the one in his settings. */
  readonly nick?: { readonly wanted: string; readonly instead: string };
  /** The connection was closed because nobody used it. */
  readonly idle?: true;
}

export type IrcHost = Host<IrcConfig, IrcCredentials, IrcCursor>;
