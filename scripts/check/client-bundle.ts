import { consumerOnce } from './artifacts.ts'
import { checkBundle } from './bundle.ts'
import type { Step } from './step.ts'

const entry = `
import { createClient, metaOf } from '@wherry/client'
Object.assign(globalThis, { createClient, metaOf })`

// A server of few words stands where a browser has its WebSocket.
const prelude = `globalThis.WebSocket = (() => {
  const fields = { id: { kind: 'id', hasDefault: true }, text: { kind: 'text' } }
  const descriptor = { hash: 'h', collections: { notes: { fields, key: ['id'] } } }
  const rows = []
  const answers = {
    hello: () => ({
      type: 'welcome', version: 1, source: 'script', generation: 'g', schema: 'h', descriptor,
    }),
    mutate: ({ id, args }) => ({ type: 'answer', id, value: rows[rows.push(args[0]) - 1] }),
    request: ({ id }) => ({ type: 'answer', id, value: rows, asOf: 0 }),
    subscribe: ({ id }) => ({ type: 'snapshot', id, rows, offset: 'g:1' }),
  }
  return class extends EventTarget {
    constructor() {
      super()
      setTimeout(() => this.dispatchEvent(new Event('open')))
    }
    send(frame) {
      const data = JSON.stringify(JSON.parse(frame).map((each) => answers[each.type](each)))
      setTimeout(() => this.dispatchEvent(Object.assign(new Event('message'), { data })))
    }
    close() {
      setTimeout(() => this.dispatchEvent(new Event('close')))
    }
  }
})()`

const program = `(async () => {
  const db = createClient({ url: 'ws://here' })
  await db.notes.insert({ id: '1', text: 'here' })
  const found = await db.notes.find()
  const event = await new Promise((resolve) => db.notes.live().subscribe(resolve))
  await db.close()
  return metaOf(found).source === 'script' && event.rows.map((row) => row.text).join()
})()`

/** What a browser gets of the client. */
export const clientBundleStep: Step = {
  name: 'client-bundle',
  what: 'the client bundles and runs without Node, ws, Kysely or zod, in budget',
  run: async () =>
    checkBundle(await consumerOnce(), {
      entry,
      budgetBytes: 17_000,
      foreign: /node_modules\/(zod|kysely|ws|better-sqlite3)\//,
      prelude,
      program,
    }),
}
