// A reporter of Node's test runner: what became of each test, a line of JSON each, for the process that started the file.
import { writeFileSync } from 'node:fs';
import type { TestEvent } from 'node:test/reporters';

/** Names a file that is there once nothing keeps the process any more. */
export const LEAVING = 'MOONGATE_TEST_LEAVING';

process.prependOnceListener('exit', () => {
  const file = process.env[LEAVING];
  if (file !== undefined) writeFileSync(file, '');
});

/** What is passed on of a test file. */
export type FileEvent =
  | { readonly type: 'begin'; readonly name: string }
  | {
      readonly type: 'end';
      readonly name: string;
      readonly end: 'pass' | 'fail' | 'skip';
      readonly suite: boolean;
      /** Why it was skipped. */
      readonly why?: string;
    }
  | { readonly type: 'counts'; readonly counts: Readonly<Record<string, number>> };

async function* events(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    const told = tell(event);
    if (told !== undefined) yield `${JSON.stringify(told)}\n`;
  }
}

function tell(event: TestEvent): FileEvent | undefined {
  switch (event.type) {
    case 'test:dequeue':
      return { type: 'begin', name: event.data.name };
    case 'test:fail':
      return { type: 'end', name: event.data.name, end: 'fail', suite: event.data.details.type === 'suite' };
    case 'test:pass': {
      const { name, skip, details } = event.data;
      const suite = details.type === 'suite';
      if (skip === undefined || skip === false) return { type: 'end', name, end: 'pass', suite };
      return { type: 'end', name, end: 'skip', suite, ...(typeof skip === 'string' ? { why: skip } : {}) };
    }
    case 'test:summary':
      return { type: 'counts', counts: { ...event.data.counts } };
    default:
      return undefined;
  }
}

// Node asks a reporter's module for its default export.
export default events;
