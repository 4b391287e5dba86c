// A right adapter passes every check; wrong.test.ts shows that the checks can fail.
import { conformance } from 'moongate/adapter/testing';
import { harnessOf } from './good.ts';

conformance('the toy adapter', harnessOf());
