import { print } from '../lib/print.ts'
import { printSchema } from '../schema-spec.ts'
import type { LiveFuzzFailure } from './live.ts'

/** A failure as what has to be done to see it again: the query, and what is written while it is live. */
export function printLiveFailure({ engine, problem, wish, case: found }: LiveFuzzFailure): string {
  return [
    `// ${engine}: ${problem}`,
    printSchema(found.schema),
    `data.collection(${print(wish.on)}).${wish.live}(${print(wish.query)})`,
    ...found.steps.map((step) => `// at once: ${print(step)}`),
  ].join('\n')
}
