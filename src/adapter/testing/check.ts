import type { Stage } from './stage.ts';

/** One behaviour that the contract asks for. It passes unless it throws. */
export interface Check {
  readonly name: string;
  run(this: void, stage: Stage): Promise<void>;
}
