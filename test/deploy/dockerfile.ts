/** The Dockerfile, by its two stages. */
import { read } from './files.ts';

export type Instruction = readonly [name: string, rest: string];

export const [buildStage = [], imageStage = []] = readStages();

function readStages(): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const line of read('Dockerfile').split('\n')) {
    const match = /^([A-Z]+) +(.+)$/.exec(line);
    if (match === null) continue;
    const instruction: Instruction = [match[1] ?? '', match[2] ?? ''];
    if (instruction[0] === 'FROM') stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}

/** What follows each instruction of that name. */
export function restOf(stage: readonly Instruction[], name: string): string[] {
  return stage.filter((instruction) => instruction[0] === name).map(([, rest]) => rest);
}
