/* Apart from the shapes in walls.ts, so that a wall does not load a schema library to know them. */

/** A wall without a pulse for this long is dark. It sends one every ten seconds, and only while it draws. */
export const WALL_PULSE_MS = 10_000;
export const WALL_DARK_MS = 45_000;
