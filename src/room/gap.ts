// How long the room may have been away before those in it are out of it. Pure.

/** After a shorter gap a room goes on with whoever was in it. */
export const SHORT_MS = 60_000;

/** A gateway says this often that it is alive, as long as anybody is in a room. */
export const ALIVE_MS = 10_000;

/** Whether rooms go on after a gap. Undefined: nobody knows how long it was. */
export const goesOn = (gap: number | undefined): boolean => gap !== undefined && gap >= 0 && gap < SHORT_MS;
