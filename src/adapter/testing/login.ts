// Drives a login as a form or the chat bot would.
import type { AnyAdapter, Form, LoginStep, Reply, UserId } from '../api.ts';

/** What a login ended with; `state` becomes the account's. */
export interface LoggedIn {
  readonly account: UserId;
  readonly credentials: unknown;
  readonly state: Map<string, Uint8Array>;
}
/** How to log in: which login, what to answer, and when to give up. `form` throws to stop. */
export interface LoginDriver {
  readonly id?: string | undefined;
  readonly config: unknown;
  readonly previous?: unknown;
  readonly signal: AbortSignal;
  form(this: void, form: Form): Reply;
  show?(this: void, step: Extract<LoginStep, { type: 'show' }>): void;
}

/** Runs one of the adapter's logins to its end. Rejects with what the login threw. */
export async function logIn(adapter: AnyAdapter, driver: LoginDriver): Promise<LoggedIn> {
  const login = driver.id === undefined ? adapter.logins[0] : adapter.logins.find(({ id }) => id === driver.id);
  if (!login) throw new Error(`the adapter has no login ${driver.id ?? 'at all'}`);
  const state = new Map<string, Uint8Array>();
  const { config, previous, signal } = driver;
  const run = login.run({ config, state, signal, ...(previous === undefined ? {} : { previous }) });
  try {
    for (let reply: Reply = {}; ;) {
      const step = await run.next(reply);
      if (step.done) return { ...step.value, state };
      if (step.value.type === 'show') driver.show?.(step.value);
      reply = step.value.type === 'form' ? driver.form(step.value) : {};
    }
  } finally {
    await run.return(undefined as never); // a no-op after the end; else what a leaving user causes
  }
}
