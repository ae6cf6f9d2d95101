import type { WarningKind } from './limit-warning.ts';

/** What has crossed a limit, and what was said of it: once when it crosses, once when that ends, once a day in between. */
export interface Crossings<Subject> {
  /** How many subjects are over the limit. */
  readonly size: number;
  /** The subject is over the limit, now at this figure. Said only if it was not over before. */
  stand(subject: Subject, figure: number): void;
  /** The subject is over it no more. Said only if it was; the figure it last stood at, where no newer one is given. */
  end(subject: Subject, figure?: number): void;
  /** Says again what was last said a day ago or longer. */
  remind(): void;
}

/** Where the crossings take their time from and bring their news to. */
export interface CrossingsOptions<Subject> {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Called with the crossing already begun or ended. Must not throw. */
  readonly say: (kind: WarningKind, subject: Subject, figure: number) => void;
}

interface Crossing {
  figure: number;
  saidAtMs: number;
}

const reminderEveryMs = 24 * 60 * 60 * 1000;

/** Nothing has crossed yet. Subjects are told apart by identity. */
export function createCrossings<Subject>({ now, say }: CrossingsOptions<Subject>): Crossings<Subject> {
  const crossings = new Map<Subject, Crossing>();

  return {
    get size() {
      return crossings.size;
    },

    stand(subject, figure) {
      const crossing = crossings.get(subject);
      if (crossing !== undefined) {
        crossing.figure = figure;
        return;
      }
      crossings.set(subject, { figure, saidAtMs: now() });
      say('crossed', subject, figure);
    },

    end(subject, figure) {
      const crossing = crossings.get(subject);
      if (crossing === undefined) return;
      crossings.delete(subject);
      say('ended', subject, figure ?? crossing.figure);
    },

    remind() {
      const nowMs = now();
      for (const [subject, crossing] of crossings) {
        if (nowMs - crossing.saidAtMs < reminderEveryMs) continue;
        crossing.saidAtMs = nowMs;
        say('reminder', subject, crossing.figure);
      }
    },
  };
}
