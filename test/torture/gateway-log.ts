// What the gateway's own log tells: of which messages it said that they may arrive twice, and what should not be there.

interface Line {
  readonly level?: string;
  readonly message?: string;
  readonly id?: string;
  readonly problem?: string;
}

/** The lines; one that a kill has cut off is left out. */
function lines(log: string): readonly (Line & { readonly text: string })[] {
  return log.split('\n').flatMap((text) => {
    try {
      return text.startsWith('{') ? [{ ...(JSON.parse(text) as Line), text }] : [];
    } catch {
      return [];
    }
  });
}

/** By stanza id: how often it was announced that what may have arrived goes again. */
export function marked(log: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { id, message } of lines(log))
    if (message === 'sending again what may have arrived' && id !== undefined)
      counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** Ids of the stanzas that the server gave back, and that wait for a better time. */
export function bounced(log: string): ReadonlySet<string> {
  return new Set(
    lines(log).flatMap(({ id, message }) =>
      message === 'a delivery bounced and waits' && id !== undefined ? [id] : [],
    ),
  );
}

/** Its sender is told, and the judge looks whether he was: it was begun three times, and each time we were killed. */
const POISON = 'gave an entry up';

/** Errors other than that a server is away, and whatever is no line of the log at all (a crash). */
export function complaints(log: string): readonly string[] {
  const errors = lines(log).filter(
    ({ level, problem, message }) => level === 'error' && problem === undefined && message !== POISON,
  );
  const crashes = log.split('\n').filter((text) => /^\s*at |Error:|^Uncaught/.test(text) && !text.startsWith('{'));
  return [...errors.map(({ text }) => text), ...crashes];
}
