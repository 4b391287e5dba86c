// From the results of single tests to the table of rules and servers.
import { rules, servers, type Rule } from '../rules.ts';

/** How one test ended. */
export interface Outcome {
  readonly name: string;
  readonly end: 'pass' | 'fail' | 'skip';
}
/** A rule's cell: `none` where no test names it. */
type Cell = Outcome['end'] | 'none';
type Place = (typeof servers)[number] | 'elsewhere';

/** The rules that a test's name begins with (`R8, R9: …`), and the server it names in brackets. */
export function named(name: string): { readonly rules: readonly string[]; readonly place: Place } {
  const [lead = ''] = /^R\d+[a-z]?\b(?:(?:\s*[,/+]\s*|\s+and\s+|\s+)R\d+[a-z]?\b)*/.exec(name) ?? [];
  const server = /\[(\w+)\]/.exec(name)?.[1];
  return { rules: lead.match(/R\d+[a-z]?/g) ?? [], place: servers.find((each) => each === server) ?? 'elsewhere' };
}

/** The table as text, and the rules that are not proven. A skipped test proves nothing, and is no proof against it here. */
export function judge(outcomes: readonly Outcome[]): { readonly text: string; readonly unproven: readonly string[] } {
  const cells = new Map<string, Cell>();
  for (const { name, end } of outcomes) {
    const at = named(name);
    for (const rule of at.rules) {
      const key = `${rule} ${at.place}`;
      cells.set(key, worse(cells.get(key) ?? 'none', end));
    }
  }
  const rows = rules.map((rule) => ({
    rule,
    cells: [...servers, 'elsewhere'].map((at) => cells.get(`${rule.id} ${at}`) ?? 'none'),
  }));
  return {
    text: [
      row('rule', [...servers, 'elsewhere'], ''),
      ...rows.map((each) => row(each.rule.id, each.cells, each.rule.about)),
    ].join('\n'),
    unproven: rows.filter((each) => !proven(each.rule, each.cells)).map(({ rule }) => rule.id),
  };
}

/** A failure outweighs all; a pass outweighs a skip. */
function worse(a: Cell, b: Cell): Cell {
  return (['fail', 'pass', 'skip'] as const).find((each) => a === each || b === each) ?? 'none';
}

function proven(rule: Rule, cells: readonly Cell[]): boolean {
  if (cells.includes('fail')) return false;
  if (rule.anywhere !== undefined) return cells.some((cell) => cell === 'pass' || cell === 'skip');
  return cells.slice(0, servers.length).every((cell) => cell === 'pass' || cell === 'skip');
}

const row = (first: string, cells: readonly string[], last: string): string =>
  [first.padEnd(5), ...cells.map((cell) => (cell === 'none' ? '-' : cell).padEnd(10)), last].join(' ').trimEnd();
