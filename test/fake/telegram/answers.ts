// The answers of the Bot API: one shape for results and one for errors, with Telegram's own texts.

import type { Answer } from '../common/exchange.ts';

export type { Answer };

/** A result, with the remark that Telegram adds to some. */
export function success(result: unknown, description?: string): Answer {
  return { status: 200, body: { ok: true, result, ...(description === undefined ? {} : { description }) } };
}

/** An error with the given whole description. */
export function failure(status: number, description: string, parameters?: Record<string, number>): Answer {
  const body = { ok: false, error_code: status, description, ...(parameters ? { parameters } : {}) };
  const retryAfter = parameters?.['retry_after'];
  return { status, body, ...(retryAfter === undefined ? {} : { headers: { 'retry-after': String(retryAfter) } }) };
}

/** 400 with this reason. */
export function badRequest(reason: string): Answer {
  return failure(400, `Bad Request: ${reason}`);
}

/** 403 with this reason. */
export function forbidden(reason: string): Answer {
  return failure(403, `Forbidden: ${reason}`);
}

/** 429 that asks for a pause of so many seconds. */
export function tooManyRequests(seconds: number): Answer {
  return failure(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
}

/** 409 with this reason. */
export function conflict(reason: string): Answer {
  return failure(409, `Conflict: ${reason}`);
}
