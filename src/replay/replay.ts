/** Posts what was named, in its order, and tells what became of each. */
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '../error-message.ts';
import { membersOf } from '../intake/field.ts';
import { normaliseMac } from '../mac.ts';
import { holdsForAll, type Outcome } from '../sender/outcome.ts';
import type { Sender } from '../sender/sender.ts';
import { createTurns } from './in-turn.ts';
import type { Input } from './input.ts';
import { parseJson } from './json.ts';
import { keepOnce } from './keep.ts';
import { newestTime } from './newest.ts';
import { createPace } from './pace.ts';
import { readParcels, type Parcel, type ReadingOptions, type Unreadable } from './parcel.ts';
import { shiftBy } from './shift.ts';

export interface Plan {
  readonly inputs: readonly Input[];
  /** How often all of them are replayed. */
  readonly passes: number;
  /** For all reports; otherwise each has the one that it was exported with, or `default`. */
  readonly profile: string | undefined;
  /**
   * Whether all times are moved by as much as makes the newest report of all inputs one of now, when a pass begins: what lies apart
   * stays so. Inputs are read twice then, stdin and pipes to their end before the first report is sent. Otherwise no byte is touched.
   */
  readonly isShifted: boolean;
  /** Undefined sets no limit. */
  readonly reportsPerSecond: number | undefined;
  /** How many are on their way at once. */
  readonly concurrency: number;
  /** The longest report, or line, that is read. */
  readonly maxBytes: number;
}

export interface Observer {
  /** How many bytes of all passes are read. */
  advanced(bytes: number): void;
  unreadable(found: Unreadable): void;
  sent(place: string, outcome: Outcome): void;
}

/**
 * Resolves when everything has an outcome; or sooner, once the signal is aborted or an outcome holds for all others. Two reports of one AP
 * are never on their way at once, so that a store tells the same of its devices as the one that they came from.
 *
 * @returns whether nothing was left.
 */
export async function replay(
  plan: Plan,
  sender: Sender,
  observer: Observer,
  signal: AbortSignal,
): Promise<boolean> {
  const hopeless = new AbortController();
  const stop = AbortSignal.any([signal, hopeless.signal]);
  await using kept = new AsyncDisposableStack();
  const inputs = plan.isShifted
    ? await rereadable(plan.inputs, observer, { kept, signal: stop })
    : plan.inputs;
  const parcels = parcelsOf({ ...plan, inputs }, observer, stop);
  const inTurn = createTurns();
  const sendInTurn = (parcel: Parcel): Promise<void> =>
    inTurn(apOf(parcel), async () => {
      if (stop.aborted) return;
      const outcome = await sender.send(plan.profile ?? parcel.profile ?? 'default', parcel.body);
      observer.sent(parcel.place, outcome);
      if (holdsForAll(outcome)) hopeless.abort();
    });
  const worker = async (): Promise<void> => {
    for await (const parcel of parcels) await sendInTurn(parcel);
  };
  await Promise.all(Array.from({ length: plan.concurrency }, worker));
  return !stop.aborted;
}

/** Those that can be read once only are kept; one that cannot be is told and left out. */
async function rereadable(
  inputs: readonly Input[],
  observer: Observer,
  { kept, signal }: { kept: AsyncDisposableStack; signal: AbortSignal },
): Promise<Input[]> {
  const found: Input[] = [];
  for (const input of inputs)
    try {
      found.push(input.bytes === undefined ? kept.use(await keepOnce(input, signal)) : input);
    } catch (error) {
      if (!signal.aborted) observer.unreadable({ place: input.name, endsAt: 0, fault: messageOf(error) });
    }
  return found;
}

/** Each when it is its time. Ends early once the signal is aborted. */
async function* parcelsOf(plan: Plan, observer: Observer, signal: AbortSignal): AsyncGenerator<Parcel> {
  const pace = createPace(plan.reportsPerSecond, signal);
  try {
    for await (const found of readAll(plan, observer, signal)) {
      if ('fault' in found) {
        observer.unreadable(found);
        continue;
      }
      await pace();
      yield found;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function* readAll(
  { inputs, passes, isShifted, maxBytes }: Plan,
  observer: Observer,
  signal: AbortSignal,
): AsyncGenerator<Parcel | Unreadable> {
  const options: ReadingOptions = { maxBytes, signal };
  const newest = isShifted ? await newestTime(inputs, options) : undefined;
  let readBytes = 0;
  for (let pass = 1; pass <= passes; pass += 1) {
    if (isShifted && pass > 1) await nextSecond(signal);
    const bySeconds = newest === undefined ? undefined : nowSeconds() - newest;
    for (const input of inputs) {
      let endsAt = 0;
      for await (const found of readParcels(input, options)) {
        ({ endsAt } = found);
        observer.advanced(readBytes + endsAt);
        yield bySeconds === undefined || 'fault' in found
          ? found
          : { ...found, body: shiftBy(found.body, bySeconds) };
      }
      readBytes += input.bytes ?? endsAt;
    }
  }
}

/** Times are whole seconds: in the same one as the pass before, a report would be the same again. */
async function nextSecond(signal: AbortSignal): Promise<void> {
  const second = nowSeconds();
  while (nowSeconds() === second) await wait(1000 - (Date.now() % 1000), undefined, { signal });
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Undefined when it does not say: then it has no order. */
function apOf({ body }: Parcel): string | undefined {
  const { mac } = membersOf(membersOf(parseJson(body)).reporter);
  return typeof mac === 'string' ? normaliseMac(mac) : undefined;
}
