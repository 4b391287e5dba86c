// Why a server does not let us in, or has closed the connection, as the core knows it.
import { AdapterError } from 'moongate/adapter';
import { lastWords } from './numerics.ts';
import { CertificateError } from './wire.ts';

/** What a numeric during registration refuses for good; undefined for any other. */
export function refusedAtDoor(command: string, words: string, nick: string): AdapterError | undefined {
  switch (command) {
    case '432': {
      const said = `The server does not take the nick ${nick}: ${words}`;
      return new AdapterError({ code: 'rejected', reason: 'invalid' }, said);
    }
    case '464':
      return new AdapterError({ code: 'auth-lost' }, `The server wants another password: ${words}`);
    case '465':
      return new AdapterError(
        lastWords('banned') ?? { code: 'temporary' },
        `You are banned from this server: ${words}`,
      );
    default:
      return undefined;
  }
}

/** What one who mistyped a server's name or port can act upon, by the code of the system's error. */
const UNREACHED: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no server of this name',
  ECONNREFUSED: 'nothing answers at its port',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ETIMEDOUT: 'it does not answer',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it speaks no TLS at this port',
};

function unreached(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? UNREACHED[String(error.code)] : undefined;
}

/** Why the connection ended; `words` are the last that the server said. */
export function whyClosed(error: unknown, words: string): AdapterError {
  if (error instanceof CertificateError) {
    const said = `The server's certificate is not the one that was expected (${error.message}). If you trust it, set its`;
    return new AdapterError({ code: 'rejected', reason: 'forbidden' }, `${said} fingerprint: ${error.fingerprint}`);
  }
  const why = words === '' ? unreached(error) : undefined;
  if (why !== undefined) {
    return new AdapterError({ code: 'temporary' }, `The IRC server cannot be reached: ${why}`, { cause: error });
  }
  const said = words === '' ? '' : `: ${words}`;
  const fault = lastWords(words) ?? ({ code: 'temporary' } as const);
  return new AdapterError(fault, `The IRC server closed the connection${said}`, { cause: error });
}
