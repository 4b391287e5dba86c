// Encrypted connections: a certificate must be valid, or be the one whose fingerprint the user has set.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { createServer } from 'node:tls';
import { AdapterError } from '../../../src/adapter/api.ts';
import { FakeIrc } from '../../fake/irc/server.ts';
import { User } from './world.ts';

/** A server behind TLS with a certificate that nobody has signed; its port and fingerprint. */
async function encrypted(t: TestContext): Promise<{ readonly port: number; readonly fingerprint: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'moongate-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', [...made, '-subj', '/CN=irc.example.org', '-keyout', keyFile, '-out', certFile], {
    stdio: 'ignore',
  });
  const [key, cert] = [readFileSync(keyFile), readFileSync(certFile)];
  const irc = await new FakeIrc().start();
  t.after(() => irc.stop());
  const server = createServer({ key, cert }, (socket) => {
    const inner = connect(irc.port, '127.0.0.1');
    for (const one of [socket, inner]) one.on('error', () => undefined);
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, fingerprint: new X509Certificate(cert).fingerprint256 };
}

test('a certificate that nobody vouches for is refused, and the user is told its fingerprint', async (t) => {
  const { port, fingerprint } = await encrypted(t);
  const error = await new User(port, { config: { tls: true } }).connect().catch((reason: unknown) => reason);
  assert.ok(AdapterError.is(error), String(error));
  assert.equal(error.fault.code, 'rejected');
  assert.ok(error.message.includes(fingerprint), error.message);
});

test('with its fingerprint in the settings it is taken, and with another it is not', async (t) => {
  const { port, fingerprint } = await encrypted(t);
  const user = new User(port, { config: { tls: true }, settings: { fingerprints: fingerprint } });
  t.after(() => user.close());
  await user.connect();
  await user.join('garden');
  const other = fingerprint.replace(/^../, fingerprint.startsWith('AA') ? 'BB' : 'AA');
  const wrong = new User(port, { config: { tls: true }, settings: { fingerprints: other } });
  const error = await wrong.connect().catch((reason: unknown) => reason);
  assert.ok(AdapterError.is(error), String(error));
  assert.equal(error.fault.code, 'rejected');
});
