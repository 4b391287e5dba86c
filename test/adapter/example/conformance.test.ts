// The contract's own suite on the example adapter, with Pigeon in a process of its own.
import example from '@moongate/example';
import { conformance } from 'moongate/adapter/testing';
import { startGarden } from './garden.ts';

conformance('@moongate/example', {
  start: () => startGarden(example),
  junk: [{ server: 'pigeon' }, { server: 7 }, { server: 'http://127.0.0.1:1', more: 1 }],
});
