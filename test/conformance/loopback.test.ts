// The conformance suite on the loopback.
import { conformance } from 'moongate/adapter/testing';
import { loopbackHarness } from './loopback-harness.ts';

conformance('@moongate/loopback', loopbackHarness());
