// The one schema of the config file. What it accepts is the public face: keys are added, never renamed.
import { z } from 'zod';

/** Host and port of something that listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const TEXT = 'must not be empty';
const text = z.string().min(1, TEXT);

const endpoint = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/, {
    error: 'must be HOST:PORT, such as "127.0.0.1:5347"',
    abort: true,
  })
  .refine((value) => Number(value.slice(value.lastIndexOf(':') + 1)) < 65536, 'has a port above 65535');

const domain = z
  .string()
  .max(255)
  .regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/, 'must be a domain name in lower case, such as "telegram.example.org"');

const jid = z.string().regex(/^[^@/\s]+@[^@/\s]+$/, 'must be a JID without a resource, such as "admin@example.org"');
const jidOrDomain = z
  .string()
  .regex(/^([^@/\s]+@)?[^@/\s]+$/, 'must be a domain or a JID without a resource, such as "example.org"');

const xmppKeys = {
  server: endpoint.meta({ description: "Where the XMPP server's component port listens" }).optional(),
  allow: z.array(jidOrDomain).min(1, 'lets nobody in').meta({ description: 'Who may register' }).optional(),
  admins: z.array(jid).meta({ description: 'Who may use the commands of operators' }).optional(),
};

const transport = z
  .object({
    adapter: text.meta({ description: 'One of ours by its short name (telegram, irc, loopback), or an npm package' }),
    secret: text.meta({ description: "The component's secret, the same as in the XMPP server's config" }),
    on_uncertain: z
      .enum(['resend', 'tell'])
      .default('resend')
      .meta({ description: 'What to do with a message that may or may not have arrived' }),
    ...xmppKeys,
  })
  .catchall(z.record(z.string(), z.unknown(), 'unknown key'))
  .superRefine((value, context) => {
    const own = ownTable(value.adapter);
    for (const name of Object.keys(value))
      if (!known.has(name) && name !== own)
        context.addIssue({ code: 'custom', path: [name], message: `unknown table: that of this adapter is "${own}"` });
  });
const known = new Set(Object.keys(transport.shape));

export const schema = z.strictObject({
  xmpp: z.strictObject(xmppKeys).prefault({}).meta({ description: 'Defaults of all transports' }),
  store: z.strictObject({
    path: text.meta({ description: 'The database; it is made where it is missing' }),
    key: text.meta({ description: 'Keys that seal credentials, one a line: the first seals, all open' }),
  }),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
      content: z.boolean().default(false).meta({ description: 'Whether texts of messages may be logged' }),
    })
    .prefault({}),
  archive: z
    .strictObject({
      days: z.int().min(1, 'must be 1 or more').default(365).meta({ description: 'How long it is kept' }),
      rows: z.int().min(1, 'must be 1 or more').default(100_000).meta({ description: 'How much of each room is kept' }),
    })
    .prefault({})
    .meta({ description: 'What was said in rooms' }),
  web: z
    .strictObject({ listen: endpoint.meta({ description: 'Where health is served over HTTP' }).optional() })
    .prefault({}),
  transport: z
    .record(domain, transport)
    .refine((all) => Object.keys(all).length > 0, 'names no transport')
    .meta({ description: 'One table for each domain that is a component of the XMPP server' }),
});
/** A config file as it is written, after references were filled in. */
export type Written = z.output<typeof schema>;

/** The name of the table that is an adapter's own: the last part of its package's name. */
export function ownTable(adapter: string): string {
  return adapter.slice(adapter.lastIndexOf('/') + 1);
}

/** Splits what `endpoint` accepted; an IPv6 address loses its brackets. */
export function parseEndpoint(value: string): Endpoint {
  const colon = value.lastIndexOf(':');
  return { host: value.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(value.slice(colon + 1)) };
}

type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON schema for editors; every single value may also be a reference. */
export function jsonSchema(): JsonSchema {
  const made = z.toJSONSchema(schema, { io: 'input', target: 'draft-07' }) as JsonSchema;
  const reference = {
    description: 'The value is in an environment variable or in a file',
    oneOf: ['env', 'file'].map((name) => ({
      type: 'object',
      properties: { [name]: { type: 'string' } },
      required: [name],
      additionalProperties: false,
    })),
  };
  return { ...(orReference(made) as JsonSchema), title: 'Moongate config', definitions: { reference } };
}

function orReference(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map(orReference);
  const { properties, additionalProperties, items, ...rest } = node as Record<string, unknown>;
  const out: Record<string, unknown> = { ...rest };
  if (typeof properties === 'object' && properties !== null)
    out['properties'] = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, orReference(each)]));
  if (items !== undefined) out['items'] = orReference(items);
  if (additionalProperties !== undefined) out['additionalProperties'] = orReference(additionalProperties);
  if (out['type'] === 'object' || out['type'] === undefined) return out;
  const { description, ...value } = out;
  return {
    ...(description === undefined ? {} : { description }),
    anyOf: [value, { $ref: '#/definitions/reference' }],
  };
}
