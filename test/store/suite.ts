// What every engine must do: run by each engine's own test file.
import { beforeEach, afterEach, describe } from 'node:test';
import type { Store } from '../../src/store/api.ts';
import { Bench, type Clock } from './build.ts';
import { accountTests } from './suite/accounts.ts';
import { archiveTests } from './suite/archive.ts';
import { laneTests } from './suite/lanes.ts';
import { propertyTests } from './suite/properties.ts';
import { stepTests } from './suite/steps.ts';
import { tableTests } from './suite/tables.ts';

/** An empty database that can be opened again: what an engine gives to the suite. */
export interface Place {
  open(clock: () => number): Promise<Store>;
  /** Another place, for a copy of this one. */
  backupPath: string;
  openBackup(clock: () => number): Promise<Store>;
  remove(): Promise<void>;
}

/** What each test finds: an open store with one account. */
export interface Scene {
  readonly clock: Clock;
  store: Store;
  bench: Bench;
  place: Place;
  /** Closes the store and opens it again, as a restart does. */
  restart(): Promise<void>;
}

/** Runs the suite on an engine. */
export function storeSuite(name: string, place: () => Promise<Place>): void {
  describe(name, () => {
    const scene = { clock: { now: 1_000_000 } } as Scene;
    const open = async () => {
      scene.store = await scene.place.open(() => scene.clock.now);
      scene.bench = await Bench.on(scene.store);
    };
    scene.restart = async () => {
      await scene.store.close();
      await open();
    };
    beforeEach(async () => {
      scene.clock.now = 1_000_000;
      scene.place = await place();
      await open();
    });
    afterEach(async () => {
      await scene.store.close();
      await scene.place.remove();
    });
    stepTests(scene);
    laneTests(scene);
    tableTests(scene);
    accountTests(scene);
    archiveTests(scene);
    propertyTests(scene);
  });
}
