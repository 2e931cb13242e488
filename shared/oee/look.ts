import type { Look } from '../contract/socket.ts';
import type { MachineState, TimeCategory } from '../state/state.ts';

/**
 * The picture of a second, first match (design language, section 2). `open`: its stretch has not ended; a machine that is
 * down is shown down at once, even while it could still become a small stop.
 */
export function lookOf(span: {
  readonly state: MachineState;
  readonly category: TimeCategory;
  readonly open?: boolean;
}): Look {
  const { state, category } = span;
  if (state === 'unknown' || category === 'unknown') return 'unknown';
  if (category === 'break' || category === 'scheduleLoss' || category === 'offShift') return 'plan';
  if (category === 'plannedStop' || state === 'setup' || state === 'maintenance') return 'setup';
  if (state === 'running') return 'run';
  if (category === 'smallStop' && !span.open) return 'minor';
  return state === 'idle' ? 'idle' : 'down';
}

const WORDS: Readonly<Record<Look, string>> = {
  run: 'Running',
  idle: 'Waiting',
  setup: 'Setup',
  minor: 'Minor stop',
  down: 'Down',
  plan: 'No plan',
  unknown: 'No data',
};

/** The word beside the glyph. A machine that is off in planned time looks down and says why. */
export function wordOf(look: Look, state: MachineState): string {
  return look === 'down' && state === 'off' ? 'Switched off' : WORDS[look];
}
