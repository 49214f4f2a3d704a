import { consumerOnce } from './artifacts.ts'
import { checkBundle } from './bundle.ts'
import type { Step, StepResult } from './step.ts'

const entry = ['@wherry/core', '@wherry/core/schema', '@wherry/core/memory']
  .map((name, index) => `export * as m${index} from '${name}'`)
  .join('\n')

const program = `(async () => {
  const { createDataService } = bundle.m0
  const { collection, defineSchema, t } = bundle.m1
  const schema = defineSchema({ notes: collection({ id: t.id(), text: t.text() }) })
  const data = createDataService({ schema, databases: [bundle.m2.memory()] })
  await data.connect()
  await data.notes.insert({ text: 'here' })
  const rows = await data.notes.find()
  await data.close()
  return rows.map((row) => row.text).join()
})()`

/** What a browser gets of core without an adapter for a server's database. */
export const browserBundleStep: Step = {
  name: 'browser-bundle',
  what: 'core, schema and memory bundle and run without Node, drivers, Kysely or zod, in budget',
  run: async () => bundleAndRun(await consumerOnce()),
}

export function bundleAndRun(directory: string): Promise<StepResult> {
  const foreign = /node_modules\/(zod|kysely|better-sqlite3)\//
  return checkBundle(directory, { entry, budgetBytes: 40_000, foreign, program })
}
