// Reads what a bot sends: query string, JSON, form and multipart bodies, all turned into one table of strings, since that
// is how the real server sees them: `chat_id: 5` and `chat_id: "5"` are the same, objects arrive as JSON text.
import type { IncomingMessage } from 'node:http';

/** The parameters of one call. */
export type Parameters = Readonly<Record<string, string>>;

/** A body that cannot be read; `status` and message are the answer. */
export class BodyError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const BODY_LIMIT = 1 << 20;

/** Reads all parameters of a request; those in the body win over those in the query string. */
export async function readParameters(request: IncomingMessage, query: URLSearchParams): Promise<Parameters> {
  const body = await readBody(request);
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const parameters: Record<string, string> = Object.fromEntries(query);
  if (body.length === 0) return parameters;
  if (type === 'application/json') return { ...parameters, ...readJson(body.toString('utf8')) };
  if (type === 'application/x-www-form-urlencoded') {
    return { ...parameters, ...Object.fromEntries(new URLSearchParams(body.toString('utf8'))) };
  }
  if (type === 'multipart/form-data') return { ...parameters, ...(await readMultipart(body, request)) };
  throw new BodyError(400, 'Bad Request: unsupported content-type');
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new BodyError(413, 'Request Entity Too Large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readJson(text: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BodyError(400, "Bad Request: can't parse JSON object");
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BodyError(400, 'Bad Request: expected an Object');
  }
  const given = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(given.map(([key, field]) => [key, asText(field)]));
}

function asText(field: unknown): string {
  return typeof field === 'string' ? field : JSON.stringify(field);
}

async function readMultipart(body: Buffer, request: IncomingMessage): Promise<Record<string, string>> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(body), { headers }).formData();
  } catch {
    throw new BodyError(400, 'Bad Request: invalid multipart body');
  }
  const fields: Record<string, string> = {};
  for (const [key, field] of form) if (typeof field === 'string') fields[key] = field;
  return fields;
}

/** An integer argument as the real server reads it: absent or no number is the default, beyond the limits is the limit. */
export function integerArgument(text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined || text === '') return fallback;
  const value = Number.parseInt(text, 10);
  return Math.min(Math.max(Number.isNaN(value) ? 0 : value, min), max);
}

/** A JSON argument; undefined where it is absent or no JSON. */
export function jsonArgument(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A Boolean argument. */
export function flagArgument(text: string | undefined): boolean {
  return /^(true|yes|1)$/i.test(text ?? '');
}
