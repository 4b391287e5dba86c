// Time, chance and patience, so that a test can set them.

/** What the adapter takes from the world besides the network. */
export interface Environment {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that never jump. */
  monotonic(): number;
  /** From 0 up to 1. */
  random(): number;
  /** How long connecting and registering may take, in ms. */
  readonly registerMs: number;
  /** How long the server may take to answer a request, in ms. */
  readonly answerMs: number;
  /** How long an echo may come after the PONG from behind what it echoes, from another server of the network, in ms. */
  readonly echoMs: number;
  /** How long the server may take to close after QUIT, in ms. */
  readonly quitMs: number;
}

/** The real world. */
export const REAL: Environment = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  registerMs: 40_000,
  answerMs: 15_000,
  echoMs: 5_000,
  quitMs: 1_000,
};
