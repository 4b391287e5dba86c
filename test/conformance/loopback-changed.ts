// The loopback with a method or its commits exchanged: what wrong adapters of groups are made of.
import type { AnyAdapter, Batch, Host, Session } from 'moongate/adapter';

type AnyHost = Host<unknown, unknown, unknown>;

export interface Change {
  /** Methods that stand in for those of the right session. */
  session?(this: void, session: Session, host: AnyHost): Partial<Session>;
  /** What becomes of a batch. */
  commit?(this: void, batch: Batch<unknown, unknown>, host: AnyHost): Promise<void>;
}

/** An adapter with this change. */
export const changed =
  ({ session: methods, commit }: Change) =>
  (adapter: AnyAdapter): AnyAdapter => ({
    ...adapter,
    async connect(host) {
      const seen =
        commit === undefined ? host : { ...host, commit: (batch: Batch<unknown, unknown>) => commit(batch, host) };
      const session = await adapter.connect(seen);
      return { ...session, ...methods?.(session, host) };
    },
  });
