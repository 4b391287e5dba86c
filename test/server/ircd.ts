// Real IRC servers in folders of their own: ngircd, which has nothing of IRCv3 but multi-prefix, and inspircd, which has most.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import type { DaemonCommand } from './daemon.ts';
import { freePorts } from './ports.ts';

/** A running IRC server, without any limit of speed. */
export interface IrcServer extends AsyncDisposable {
  readonly kind: 'ngircd' | 'inspircd';
  readonly port: number;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts again after `kill`, on the same port. It has forgotten everything. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT: accepts connections and says nothing. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
  log(): string;
}

export interface IrcServerKind {
  readonly name: IrcServer['kind'];
  /** Why it cannot run here, or undefined when it can. */
  missing(): string | undefined;
  start(options?: IrcServerOptions): Promise<IrcServer>;
}

export interface IrcServerOptions {
  /** What every client must say as PASS. */
  readonly password?: string;
  /** Modules of inspircd beside those that are always loaded, with whatever they want to be told. */
  readonly more?: string;
}

/** Name and password of the operator that both servers have. */
export const OPERATOR = 'root';
/** What both greet with. */
export const MOTD = 'Welcome to the test.';

const NGIRCD = '/usr/sbin/ngircd';
const INSPIRCD = '/usr/sbin/inspircd';
const MODULES = '/usr/lib/inspircd/modules';

export const ngircd: IrcServerKind = {
  name: 'ngircd',
  missing: () => (existsSync(NGIRCD) ? undefined : 'ngircd is not installed (apt install ngircd)'),
  start: async ({ password = '' } = {}) => {
    const [port = 0] = await freePorts(1);
    const daemon = new Daemon('ngircd');
    const file = join(daemon.folder, 'ngircd.conf');
    await writeFile(file, ngircdConfig(port, password));
    return started('ngircd', port, daemon, { file: NGIRCD, args: ['-n', '-f', file], ready: ['ready.'] });
  },
};

export const inspircd: IrcServerKind = {
  name: 'inspircd',
  missing: () => (existsSync(INSPIRCD) ? undefined : 'inspircd is not installed (apt install inspircd)'),
  start: async ({ password = '', more = '' } = {}) => {
    const [port = 0] = await freePorts(1);
    const daemon = new Daemon('inspircd');
    const file = join(daemon.folder, 'inspircd.conf');
    await writeFile(join(daemon.folder, 'motd.txt'), `${MOTD}\n`);
    await writeFile(file, inspircdConfig(daemon.folder, port, password, more));
    const args = ['--nofork', '--runasroot', '--config', file];
    return started('inspircd', port, daemon, { file: INSPIRCD, args, ready: ['is now running'] });
  },
};

export const ircServers: readonly IrcServerKind[] = [ngircd, inspircd];

/** Test options that skip, with the reason, where the server is missing; under `CI=true` its test fails instead. */
export function onIrc(kind: IrcServerKind): { readonly skip?: string } {
  const missing = kind.missing();
  return missing === undefined || process.env['CI'] === 'true' ? {} : { skip: missing };
}

async function started(
  kind: IrcServer['kind'],
  port: number,
  daemon: Daemon,
  command: DaemonCommand,
): Promise<IrcServer> {
  await daemon.start(command);
  const stop = (): Promise<void> => daemon.remove();
  return {
    kind,
    port,
    kill: () => daemon.end('SIGKILL'),
    restart: () => daemon.start(command),
    freeze: () => daemon.signal('SIGSTOP'),
    thaw: () => daemon.signal('SIGCONT'),
    stop,
    log: () => daemon.log(),
    [Symbol.asyncDispose]: stop,
  };
}

function ngircdConfig(port: number, password: string): string {
  return `
[Global]
Name = irc.example.org
Info = Moongate's tests
AdminInfo1 = nobody
Listen = 127.0.0.1
Ports = ${port}
MotdPhrase = ${MOTD}
${password === '' ? '' : `Password = ${password}`}
ServerUID = ${process.getuid?.() === 0 ? 'nobody' : (process.getuid?.() ?? 'nobody')}
ServerGID = ${process.getgid?.() === 0 ? 'nogroup' : (process.getgid?.() ?? 'nogroup')}
[Limits]
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 20
MaxPenaltyTime = 0
MaxListSize = 0
[Options]
DNS = no
Ident = no
PAM = no
[Operator]
Name = ${OPERATOR}
Password = ${OPERATOR}
`;
}

const SPOKEN = [
  ...['ircv3', 'ircv3_batch', 'ircv3_capnotify', 'ircv3_chghost', 'ircv3_ctctags', 'ircv3_echomessage'],
  ...['ircv3_labeledresponse', 'ircv3_msgid', 'ircv3_servertime', 'ircv3_accounttag', 'ircv3_invitenotify', 'cap'],
  ...[
    'setname',
    'chghost',
    'namesx',
    'uhnames',
    'blockcolor',
    'services_account',
    'customprefix',
    'noctcp',
    'callerid',
  ],
];

function inspircdConfig(folder: string, port: number, password: string, more: string): string {
  const limits =
    'pingfreq="120" hardsendq="8M" softsendq="1M" recvq="256K" threshold="1000000" commandrate="100000000"';
  const guests = `fakelag="no" localmax="5000" globalmax="5000" maxchans="2000" limit="5000" useconnectban="no"`;
  const secret = password === '' ? '' : `password="${password}"`;
  return `
<server name="irc.example.org" description="Moongate's tests" network="Test" id="00M">
<admin name="nobody" nick="nobody" email="nobody@example.org">
<bind address="127.0.0.1" port="${port}" type="clients">
<path configdir="${folder}" datadir="${folder}" logdir="${folder}" moduledir="${MODULES}">
<pid file="${join(folder, 'inspircd.pid')}">
<files motd="${join(folder, 'motd.txt')}">
<connect name="main" allow="*" timeout="10" ${secret} ${limits} ${guests} resolvehostnames="no">
<class name="all" commands="*" privs="*" usermodes="*" chanmodes="*">
<type name="all" classes="all">
<oper name="${OPERATOR}" password="${OPERATOR}" host="*@*" type="all">
<options defaultmodes="not" casemapping="rfc1459">
<performance nouserdns="yes">
<limits maxnick="30" maxchan="64">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="${join(folder, 'inspircd.log')}">
${SPOKEN.map((name) => `<module name="${name}">`).join('\n')}
<customprefix name="founder" letter="q" prefix="~" rank="50000" ranktoset="30000">
<customprefix name="admin" letter="a" prefix="&amp;" rank="40000" ranktoset="30000">
<customprefix name="halfop" letter="h" prefix="%" rank="20000" ranktoset="30000">
${more}
`;
}
