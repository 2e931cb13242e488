import type { Said } from '#shared/alert/said.ts';
import { type Instant, MINUTE } from '#shared/time/instant.ts';

/*
 * Alerts from observations, without a clock and without chance.
 *
 * - An alert opens when its level is `over`, stays through `between`, and closes at `under`: what lies between keeps a value
 *   that trembles at its limit from ringing twice.
 * - One state, one message: while an alert is open, nothing more is sent, however long it lasts and however often the server
 *   restarts. An alert that comes back within two minutes is the same one.
 * - In quiet hours nothing is sent. When they end, what is still open and not acknowledged is sent then.
 * - What is not observed is not known: its alert stays as it is, and closes only when its rule or its thing is gone.
 */
export type Level = 'over' | 'between' | 'under';

export interface Observation {
  /** Id of the rule in the plant file. */
  readonly rule: string;
  /** What it is about: machine:filler, source:plc1, meter:m-main. */
  readonly about: string;
  readonly level: Level;
  /** When the state began, where that is known. */
  readonly since: Instant | null;
  readonly headline: string;
  readonly detail: string;
  /** Headline and detail before they were put into English. */
  readonly said?: AlertSaid | undefined;
  readonly value: number | null;
  readonly limit: number | null;
  readonly unit: string | null;
}

export interface AlertSaid {
  readonly headline: Said;
  readonly detail: readonly Said[];
}

export interface Alert {
  readonly id: string;
  readonly rule: string;
  readonly about: string;
  /** Kind of the rule: names its runbook. */
  readonly when: string;
  readonly openedAt: Instant;
  readonly closedAt: Instant | null;
  readonly since: Instant | null;
  readonly headline: string;
  readonly detail: string;
  /** Absent in alerts from before there were languages. */
  readonly said?: AlertSaid | undefined;
  readonly value: number | null;
  readonly limit: number | null;
  readonly unit: string | null;
  readonly acknowledgedAt: Instant | null;
  readonly acknowledgedBy: string | null;
  /** When it was sent; null: not yet, or to nobody. */
  readonly notifiedAt: Instant | null;
}

export interface AlertRule {
  readonly id: string;
  readonly when: string;
  readonly notify: readonly string[];
  /** Whether nothing may be sent at an instant. */
  readonly isQuiet: (t: Instant) => boolean;
}

export interface Step {
  /** Alerts that changed; to be kept. */
  readonly changed: readonly Alert[];
  /** To be sent: opened ones, and over ones that had been sent. */
  readonly notify: readonly { readonly alert: Alert; readonly event: 'opened' | 'closed' }[];
}

export interface AlertEngine {
  step(rules: readonly AlertRule[], observations: readonly Observation[], now: Instant): Step;
  /** Null: no open alert has this id, or somebody was faster. */
  acknowledge(id: string, by: string, now: Instant): Alert | null;
  open(): readonly Alert[];
}

const REOPEN_MS = 2 * MINUTE;

/** `kept`: alerts from before, open ones and those that closed a moment ago. `newId` names a new one. */
export function createAlertEngine(kept: readonly Alert[], newId: () => string): AlertEngine {
  const held = new Map<string, Alert>();
  for (const alert of kept) held.set(keyOf(alert), alert);

  function opened(rule: AlertRule, observed: Observation, now: Instant): Alert {
    const { about, since, headline, detail, said, value, limit, unit } = observed;
    const state = { rule: rule.id, about, when: rule.when, openedAt: now, closedAt: null, since };
    const seen = { headline, detail, said, value, limit, unit };
    return { id: newId(), ...state, ...seen, acknowledgedAt: null, acknowledgedBy: null, notifiedAt: null };
  }

  return {
    step(rules, observations, now) {
      const byRule = new Map(rules.map((rule) => [rule.id, rule]));
      const changed = new Map<string, Alert>();
      const notify: { alert: Alert; event: 'opened' | 'closed' }[] = [];
      const put = (alert: Alert): Alert => {
        held.set(keyOf(alert), alert);
        changed.set(alert.id, alert);
        return alert;
      };
      const close = (alert: Alert): void => {
        const closed = put({ ...alert, closedAt: now });
        const rule = byRule.get(alert.rule);
        if (rule && alert.notifiedAt !== null && !rule.isQuiet(now)) notify.push({ alert: closed, event: 'closed' });
      };

      for (const observed of observations) {
        const rule = byRule.get(observed.rule);
        if (!rule) continue;
        const alert = held.get(keyOf(observed));
        const isOpen = alert !== undefined && alert.closedAt === null;
        if (observed.level === 'over' && !isOpen) {
          const back = alert?.closedAt != null && now - alert.closedAt < REOPEN_MS;
          put(back ? { ...alert, closedAt: null } : opened(rule, observed, now));
        } else if (observed.level === 'under' && isOpen) close(alert);
        else if (observed.level === 'over' && isOpen && alert.headline !== observed.headline) {
          const { headline, detail, said, value } = observed;
          put({ ...alert, headline, detail, said, value });
        }
      }
      for (const alert of held.values()) {
        if (alert.closedAt !== null) {
          if (now - alert.closedAt >= REOPEN_MS) held.delete(keyOf(alert));
          continue;
        }
        const rule = byRule.get(alert.rule);
        if (!rule || rule.when !== alert.when) close(alert);
        else if (alert.notifiedAt === null && alert.acknowledgedAt === null && !rule.isQuiet(now)) {
          notify.push({ alert: put({ ...alert, notifiedAt: now }), event: 'opened' });
        }
      }
      return { changed: [...changed.values()], notify };
    },
    acknowledge(id, by, now) {
      const alert = [...held.values()].find((a) => a.id === id);
      if (!alert || alert.closedAt !== null || alert.acknowledgedAt !== null) return null;
      const acknowledged = { ...alert, acknowledgedAt: now, acknowledgedBy: by };
      held.set(keyOf(alert), acknowledged);
      return acknowledged;
    },
    open: () => [...held.values()].filter((alert) => alert.closedAt === null),
  };
}

function keyOf({ rule, about }: Pick<Alert, 'rule' | 'about'>): string {
  return `${rule} ${about}`;
}

/** Over at `on`, under at `off`, which lies on the good side of it; unknown keeps what is. */
export function levelOf(value: number | null, on: number, off: number): Level {
  if (value === null) return 'between';
  const rising = off <= on;
  if (rising ? value >= on : value <= on) return 'over';
  return (rising ? value < off : value > off) ? 'under' : 'between';
}
