// The thread that owns the database: takes requests from its port in order, and answers each.
import { parentPort, workerData } from 'node:worker_threads';
import { collectAtRest } from '../../rest.ts';
import { Engine, GroupFailed } from './engine.ts';
import { faultOf } from './fault.ts';
import type { Answer, Opening, Request, Write } from './protocol.ts';

const opening = workerData as Opening;

function answer(engine: Engine, request: Request): Answer {
  const { id } = request;
  try {
    switch (request.kind) {
      case 'group':
        return { id, value: JSON.stringify(engine.group(JSON.parse(request.writes) as Write[], request.now)) };
      case 'read': {
        const read = engine.reads[request.name as keyof Engine['reads']] as (...args: readonly unknown[]) => unknown;
        return { id, value: read(...request.args) };
      }
      case 'backup':
        engine.backup(request.path);
        return { id, value: undefined };
      case 'close':
        engine.close();
        return { id, value: undefined };
    }
  } catch (error) {
    return { id, fault: error instanceof GroupFailed ? error.fault : faultOf(error, opening.path) };
  }
}

/** Opens the database and serves it; request 0 is the opening itself. */
function serve(port: NonNullable<typeof parentPort>): void {
  let engine: Engine;
  try {
    engine = new Engine(opening);
  } catch (error) {
    port.postMessage({ id: 0, fault: faultOf(error, opening.path) } satisfies Answer);
    return;
  }
  port.on('message', (request: Request) => {
    port.postMessage(answer(engine, request));
    if (request.kind === 'close') port.close();
  });
  port.postMessage({ id: 0, value: undefined } satisfies Answer);
}

if (parentPort !== null) {
  serve(parentPort);
  collectAtRest();
}
