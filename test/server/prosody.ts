// Prosody in a folder of its own, with the snippet from config/ that operators copy.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_COMPONENTS, DEFAULT_HOSTS } from './api.ts';
import type { ServerKind, ServerOptions, XmppServer } from './api.ts';
import { Daemon } from './daemon.ts';
import type { DaemonCommand } from './daemon.ts';
import { running, wanted, type Ports } from './running.ts';
import { prosodySnippet } from './snippet.ts';

const BINARY = '/usr/bin/prosody';
const MODULES = '/usr/lib/prosody/modules';

export const prosody: ServerKind = {
  name: 'prosody',
  missing() {
    if (!existsSync(BINARY)) return 'prosody is not installed (apt install prosody prosody-modules lua-dbi-sqlite3)';
    if (!existsSync(join(MODULES, 'mod_privilege'))) return 'prosody-modules is not installed';
    return undefined;
  },
  start: startProsody,
};

async function startProsody(options: ServerOptions = {}): Promise<XmppServer> {
  const asked = await wanted(prosody, options, options.http ?? false);
  const { host, ports } = asked;
  const daemon = new Daemon('prosody');
  await mkdir(join(daemon.folder, 'certs'));
  await writeFile(join(daemon.folder, 'prosody.cfg.lua'), configuration(daemon.folder, ports, options));
  const command = commandFor(daemon.folder, ports);
  const addUser = async (jid: string, password?: string): Promise<void> => {
    const [name = '', domain = host] = jid.split('@');
    const accounts = join(daemon.folder, 'storage', encode(domain), 'accounts');
    await mkdir(accounts, { recursive: true });
    await writeFile(
      join(accounts, `${encode(name)}.dat`),
      `return { ["password"] = ${JSON.stringify(password ?? name)} };`,
    );
  };
  for (const user of options.users ?? []) await addUser(user);
  await daemon.start(command);
  const path = options.http ? '/xmpp-websocket' : undefined;
  return running(prosody, daemon, command, asked, { addUser, path, shutdown: () => daemon.end('SIGTERM') });
}

function commandFor(folder: string, ports: Ports): DaemonCommand {
  return {
    file: BINARY,
    args: ['--config', join(folder, 'prosody.cfg.lua'), '-F'],
    ready: [
      `'component' on [127.0.0.1]:${ports.component}`,
      `'c2s' on [127.0.0.1]:${ports.client}`,
      ...(ports.http === 0 ? [] : [`'http' on [127.0.0.1]:${ports.http}`]),
    ],
  };
}

function configuration(folder: string, ports: Ports, options: ServerOptions): string {
  const components = options.components ?? DEFAULT_COMPONENTS;
  const privilege = options.privilege !== false;
  const snippet = prosodySnippet(ports.component, components, privilege);
  const modules = [
    'posix',
    'disco',
    'roster',
    'saslauth',
    'ping',
    'carbons',
    'pep',
    'blocklist',
    'vcard4',
    'vcard_legacy',
  ];
  if (options.offline !== 'none') modules.push('offline');
  if ((options.archive ?? 'none') !== 'none') modules.push('mam');
  if (options.http) modules.push('bosh', 'websocket');
  if (privilege) modules.push('privilege');
  if (options.shaper) modules.push('limits');
  const storage: string[] = [];
  if (options.offline === 'sql') storage.push('offline = "sql"');
  if (options.archive === 'sql') storage.push('archive = "sql"');
  const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join('; ');
  return [
    `run_as_root = true`,
    `data_path = "${folder}/storage"`,
    `pidfile = "${folder}/prosody.pid"`,
    `plugin_paths = { "${MODULES}" }`,
    `modules_enabled = { ${list(modules)} }`,
    `modules_disabled = { "s2s"; "tls"; ${options.offline === 'none' ? '"offline";' : ''} }`,
    `authentication = "internal_plain"`,
    `storage = { ${storage.join('; ')} }`,
    `sql = { driver = "SQLite3"; database = "${folder}/prosody.sqlite" }`,
    `archive_expires_after = "never"`,
    `default_archive_policy = true`,
    `interfaces = { "127.0.0.1" }`,
    `c2s_ports = { ${ports.client} }`,
    `c2s_require_encryption = false`,
    `allow_unencrypted_plain_auth = true`,
    `http_ports = { ${ports.http === 0 ? '' : ports.http} }`,
    `http_interfaces = { "127.0.0.1" }`,
    `https_ports = { }`,
    `http_default_host = "${(options.hosts ?? DEFAULT_HOSTS)[0] ?? ''}"`,
    `http_external_url = "http://127.0.0.1:${ports.http}/"`,
    `consider_websocket_secure = true`,
    `consider_bosh_secure = true`,
    `cross_domain_websocket = true`,
    `gc = { mode = "generational" }`,
    ...(options.shaper ? [`limits = { c2s = { rate = "10kb/s" } }`] : []),
    `log = { info = "*console" }`,
    snippet.global,
    ...(options.hosts ?? DEFAULT_HOSTS).map((host) => `VirtualHost "${host}"\n${snippet.host}`),
    snippet.components,
    '',
  ].join('\n');
}

/** Prosody's encoding of names in paths. */
function encode(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, (char) =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}
