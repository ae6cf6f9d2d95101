/**
 * Puts together what the reports of a batch say of devices, or of APs, so that each is written once. Of everything that is said the
 * newest word counts, in whatever order the words come; what the newest one leaves out stays as it was said.
 */

/** What one report says. */
export interface Word<Field extends string> {
  readonly mac: string;
  /** When it was so. */
  readonly at: number;
  readonly said: Said<Field>;
  readonly reportNo: number;
}

export type Said<Field extends string> = Readonly<Record<Field, string | number | undefined>>;

/** What all of them say together. */
export interface Heard<Field extends string> {
  readonly mac: string;
  readonly said: Said<Field>;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The first report that says something. */
  readonly reportNo: number;
}

export interface NewestWords<Field extends string> {
  hear(word: Word<Field>): void;
  all(): Heard<Field>[];
}

export function createNewestWords<Field extends string>(fields: readonly Field[]): NewestWords<Field> {
  const heard = new Map<string, Heard<Field>>();
  return {
    hear({ mac, at, said, reportNo }) {
      const before = heard.get(mac);
      heard.set(
        mac,
        before === undefined
          ? { mac, said, firstAt: at, lastAt: at, reportNo }
          : {
              mac,
              said: at >= before.lastAt ? join(fields, said, before.said) : join(fields, before.said, said),
              firstAt: Math.min(before.firstAt, at),
              lastAt: Math.max(before.lastAt, at),
              reportNo: before.reportNo,
            },
      );
    },
    all: () => [...heard.values()],
  };
}

function join<Field extends string>(
  fields: readonly Field[],
  newer: Said<Field>,
  older: Said<Field>,
): Said<Field> {
  return Object.fromEntries(fields.map((field) => [field, newer[field] ?? older[field]])) as Said<Field>;
}
