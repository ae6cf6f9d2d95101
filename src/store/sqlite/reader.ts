import { isOpen, type Reader } from '../reader.ts';
import type { QuestionAnswer, QuestionArguments, QuestionName } from './questions/questions.ts';
import { forkReader } from './reader-fork.ts';
import { openLane, type Lane, type LaneOptions } from './reader-lane.ts';

export type ReaderOptions = Omit<LaneOptions, 'file'>;

const usual: ReaderOptions = { timeLimitMs: 5_000, idleMs: 60_000, fork: forkReader };

/**
 * Keeps the promises of `Reader` with two processes beside the one that stores: one for questions that an index answers, one
 * for those that search, so that a search never makes the others wait. Neither runs before it is asked something.
 *
 * @param file a store that is there. What is wrong with it is told to whoever asks.
 */
export function openSqliteReader(file: string, options: Partial<ReaderOptions> = {}): Reader {
  const lookups = openLane({ ...usual, ...options, file });
  const searches = openLane({ ...usual, ...options, file });
  const lookUp = askIn(lookups);
  const search = askIn(searches);
  return {
    totals: () => lookUp('totals'),
    aps: (page) => lookUp('aps', page),
    ap: (mac) => lookUp('ap', mac),
    devices: (page, filter) => (isOpen(filter) ? lookUp : search)('devices', page, filter),
    device: (mac, withinSeconds) => lookUp('device', mac, withinSeconds),
    sightings: (device, page, span) => lookUp('sightings', device, page, span),
    reports: (page, filter) => (filter.profile === undefined ? lookUp : search)('reports', page, filter),
    report: (id) => lookUp('report', id),
    reportBody: (id) => lookUp('reportBody', id),
    async close() {
      await Promise.all([lookups.close(), searches.close()]);
    },
  };
}

function askIn(lane: Lane) {
  return <Name extends QuestionName>(
    name: Name,
    ...args: QuestionArguments<Name>
  ): Promise<QuestionAnswer<Name>> => lane.ask({ name, args }) as Promise<QuestionAnswer<Name>>;
}
