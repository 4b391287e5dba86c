// docs/adapter.md shows exactly the states of the example adapter that are kept here, each of them compiles, and its
// reference names everything that the contract has.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import ts from 'typescript';

const root = path.join(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const page = read('docs/adapter.md');
const files = [
  ...['1-login', '2-send', '3-events', '4-changes', '5-people'].map((name) => `test/adapter/example/steps/${name}.ts`),
  'adapters/example/index.ts',
];

/** The lines of a file, without its first comment, which says which step it is. */
const linesOf = (text: string): string[] => text.trimEnd().split('\n').slice(1);

/** The blocks of code below `### Step N`. */
function blocksOf(step: number): readonly string[] {
  const [, section = ''] = page.split(`\n### Step ${step}: `);
  const [own = ''] = section.split(/\n##+ /);
  return [...own.matchAll(/```ts\n([^]*?)\n```/g)].map(([, code = '']) => code);
}

/** The lines of `now` that are not in `before`. */
function newLines(before: readonly string[], now: readonly string[]): readonly string[] {
  const left = [...before];
  return now.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

describe('the steps of docs/adapter.md', () => {
  for (const [index, file] of files.entries()) {
    const now = linesOf(read(file));
    it(`step ${index + 1}: what is shown is in the file, and what is new in the file is shown`, () => {
      const blocks = blocksOf(index + 1);
      assert.ok(blocks.length > 0);
      for (const block of blocks) assert.ok(`${now.join('\n')}\n`.includes(`${block}\n`), `not in ${file}:\n${block}`);
      const before = index === 0 ? [] : linesOf(read(files[index - 1] ?? ''));
      const shown = new Set(blocks.flatMap((block) => block.split('\n')));
      const missing = newLines(before, now).filter((line) => line !== '' && !shown.has(line));
      assert.deepEqual(missing, [], `in ${file} and not in the page`);
    });
  }

  it('each of them compiles', () => {
    const config = ts.getParsedCommandLineOfConfigFile(path.join(root, 'tsconfig.json'), undefined, {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (fault) =>
        assert.fail(ts.flattenDiagnosticMessageText(fault.messageText, '\n')),
    });
    const program = ts.createProgram(
      files.map((file) => path.join(root, file)),
      { ...config?.options, noEmit: true },
    );
    const faults = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    assert.deepEqual(faults, []);
  });

  it('the adapter at their end has at most 120 lines', () => {
    assert.ok(read('adapters/example/index.ts').trimEnd().split('\n').length <= 120);
  });
});

describe('the reference of docs/adapter.md', () => {
  const [, reference = ''] = page.split('\n## Reference\n');
  const source = ts.createSourceFile('api.ts', read('src/adapter/api.ts'), ts.ScriptTarget.Latest, true);

  it('names every member, every event and every code of the contract', () => {
    const names = new Set<string>();
    const collect = (node: ts.Node): void => {
      const isMember = ts.isPropertySignature(node) || ts.isMethodSignature(node);
      if (isMember && !node.name.getText().startsWith('__')) names.add(node.name.getText());
      if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) names.add(node.literal.text);
      ts.forEachChild(node, collect);
    };
    collect(source);
    assert.ok(names.size > 100);
    const words = new Set(`${reference}${page.split('\n## Which fault when\n')[1]}`.match(/[\w-]+/g));
    assert.deepEqual(
      [...names].filter((name) => !words.has(name)),
      [],
    );
  });
});
