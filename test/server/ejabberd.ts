// ejabberd in a folder of its own, without epmd, with the snippet from config/ that operators copy.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DEFAULT_COMPONENTS, DEFAULT_HOSTS } from './api.ts';
import type { ServerKind, ServerOptions, XmppServer } from './api.ts';
import { Daemon } from './daemon.ts';
import type { DaemonCommand } from './daemon.ts';
import { running, wanted, type Ports } from './running.ts';
import { ejabberdSnippet } from './snippet.ts';

const ERL = '/usr/bin/erl';
const SCHEMA = '/usr/share/ejabberd/sql/lite.sql';

function library(): string | undefined {
  const found = globSync('/usr/lib/*/ejabberd-*/ebin')[0];
  return found === undefined ? undefined : dirname(dirname(found));
}

export const ejabberd: ServerKind = {
  name: 'ejabberd',
  missing() {
    if (!existsSync(ERL) || library() === undefined) return 'ejabberd is not installed (apt install ejabberd)';
    return undefined;
  },
  start: startEjabberd,
};

async function startEjabberd(options: ServerOptions = {}): Promise<XmppServer> {
  // Its HTTP interface makes users and ends it.
  const asked = await wanted(ejabberd, options, true);
  const { host, ports } = asked;
  const daemon = new Daemon('ejabberd');
  await writeFile(join(daemon.folder, 'ejabberd.yml'), configuration(daemon.folder, ports, options));
  if (options.offline === 'sql' || options.archive === 'sql') makeDatabase(daemon.folder);
  const command = commandFor(daemon.folder, ports);
  await daemon.start(command);
  const addUser = async (jid: string, password?: string): Promise<void> => {
    const [user = '', domain = host] = jid.split('@');
    await callApi(ports.http, 'register', { user, host: domain, password: password ?? user });
  };
  for (const user of options.users ?? []) await addUser(user);
  // Without distribution or a console, ejabberd is told to end through its HTTP interface.
  const shutdown = async (): Promise<void> => {
    await callApi(ports.http, 'stop', {}).catch(() => undefined);
    await daemon.end('SIGTERM');
  };
  return running(ejabberd, daemon, command, asked, { addUser, shutdown, path: options.http ? '/ws' : undefined });
}

/** ejabberd 23.01 makes no tables by itself. */
function makeDatabase(folder: string): void {
  if (globSync('/usr/lib/{erlang/lib,*}/p1_sqlite3-*').length === 0)
    throw new Error('ejabberd has no SQLite (apt install erlang-p1-sqlite3)');
  const database = new DatabaseSync(join(folder, 'ejabberd.sqlite'));
  database.exec(readFileSync(SCHEMA, 'utf8'));
  database.close();
}

async function callApi(port: number, command: string, body: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/${command}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`ejabberd refused ${command}: ${answer.status} ${await answer.text()}`);
}

function commandFor(folder: string, ports: Ports): DaemonCommand {
  return {
    file: ERL,
    args: ['-noinput', '-mnesia', 'dir', `"${join(folder, 'mnesia')}"`, '-s', 'ejabberd'],
    env: {
      HOME: folder,
      ERL_LIBS: library() ?? '',
      ERL_CRASH_DUMP_BYTES: '0',
      EJABBERD_CONFIG_PATH: join(folder, 'ejabberd.yml'),
      EJABBERD_LOG_PATH: join(folder, 'ejabberd.log'),
    },
    ready: [
      `127.0.0.1:${ports.component} for ejabberd_service`,
      `127.0.0.1:${ports.client} for ejabberd_c2s`,
      `127.0.0.1:${ports.http} for ejabberd_http`,
    ],
  };
}

function configuration(folder: string, ports: Ports, options: ServerOptions): string {
  const components = options.components ?? DEFAULT_COMPONENTS;
  const snippet = (key: Parameters<typeof ejabberdSnippet>[0]): string =>
    ejabberdSnippet(key, ports.component, components).trimEnd();
  const listener = (port: number, module: string, ...more: string[]): string =>
    [`  - port: ${port}`, '    ip: "127.0.0.1"', `    module: ${module}`, ...more.map((line) => `    ${line}`)].join(
      '\n',
    );
  const handlers = ['  /api: mod_http_api', ...(options.http ? ['  /ws: ejabberd_http_ws', '  /bosh: mod_bosh'] : [])];
  return [
    `hosts: [${(options.hosts ?? DEFAULT_HOSTS).map((name) => `"${name}"`).join(', ')}]`,
    'loglevel: info',
    `sql_type: sqlite`,
    `sql_database: "${folder}/ejabberd.sqlite"`,
    'auth_method: [internal]',
    'auth_password_format: plain',
    's2s_access: none',
    'shaper: { slow: { rate: 3000, burst_size: 20000 } }',
    'listen:',
    listener(ports.client, 'ejabberd_c2s', 'access: all', `shaper: ${options.shaper ? 'slow' : 'none'}`),
    listener(ports.http, 'ejabberd_http', 'request_handlers:', ...handlers),
    snippet('listen'),
    'acl:',
    snippet('acl'),
    'access_rules:',
    snippet('access_rules'),
    '  nobody: { deny: all }',
    // The port is on the loopback and dies with the test.
    'api_permissions: { tests: { from: [mod_http_api], who: all, what: "*" } }',
    'modules:',
    ...modules(options),
    ...(options.privilege === false ? [] : [snippet('modules')]),
    '',
  ].join('\n');
}

function modules(options: ServerOptions): string[] {
  const plain = ['mod_disco', 'mod_ping', 'mod_roster', 'mod_carboncopy', 'mod_blocking', 'mod_privacy', 'mod_vcard'];
  const result = plain.map((name) => `  ${name}: {}`);
  result.push('  mod_caps: {}', '  mod_pubsub: { plugins: [flat, pep] }', '  mod_admin_extra: {}');
  if (options.http) result.push('  mod_bosh: {}');
  const store = (where: 'disk' | 'sql'): string => (where === 'sql' ? 'sql' : 'mnesia');
  const offline = options.offline ?? 'disk';
  if (offline !== 'none') result.push(`  mod_offline: { db_type: ${store(offline)}, access_max_user_messages: all }`);
  const archive = options.archive ?? 'none';
  if (archive !== 'none') result.push(`  mod_mam: { db_type: ${store(archive)}, default: always }`);
  return result;
}
