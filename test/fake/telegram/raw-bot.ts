// A bot that is nothing but fetch: what the fake's own tests speak with, so that no client library hides a fault.
import type { ApiMessage, ApiUpdate } from './control-api.ts';

/** An answer as it came over the wire. */
export interface RawAnswer<T = unknown> {
  status: number;
  body: {
    ok: boolean;
    result?: T;
    error_code?: number;
    description?: string;
    parameters?: { retry_after?: number; migrate_to_chat_id?: number };
  };
}

/** The calls of one bot. */
export interface RawBot {
  call<T = unknown>(method: string, parameters?: Record<string, unknown>): Promise<RawAnswer<T>>;
  /** sendMessage that has to work. */
  send(chat: number, text: string): Promise<ApiMessage>;
  /** getUpdates that has to work; does not wait unless told. */
  updates(parameters?: Record<string, unknown>): Promise<ApiUpdate[]>;
}

/** Speaks for the bot with this token. */
export function rawBot(api: string, token: string): RawBot {
  const call = async <T>(method: string, parameters: Record<string, unknown> = {}): Promise<RawAnswer<T>> => {
    const response = await fetch(`${api}/bot${token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(parameters),
    });
    return { status: response.status, body: (await response.json()) as RawAnswer<T>['body'] };
  };
  const result = async <T>(method: string, parameters: Record<string, unknown>): Promise<T> => {
    const { status, body } = await call<T>(method, parameters);
    if (body.result === undefined) throw new Error(`${method}: ${status} ${body.description}`);
    return body.result;
  };
  return {
    call,
    send: (chat, text) => result('sendMessage', { chat_id: chat, text }),
    updates: (parameters = {}) => result('getUpdates', parameters),
  };
}
