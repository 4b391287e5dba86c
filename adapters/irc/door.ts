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

/** Why the connection ended; `words` are the last that the server said. */
export function whyClosed(error: unknown, words: string): AdapterError {
  if (error instanceof CertificateError) {
    const said = `The server's certificate is not the one that was expected (${error.message}). If you trust it, set its`;
    return new AdapterError({ code: 'rejected', reason: 'forbidden' }, `${said} fingerprint: ${error.fingerprint}`);
  }
  const said = words === '' ? '' : `: ${words}`;
  const fault = lastWords(words) ?? ({ code: 'temporary' } as const);
  return new AdapterError(fault, `The IRC server closed the connection${said}`, { cause: error });
}
