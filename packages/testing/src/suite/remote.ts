import { WherryError, type DataService, type Runtime } from '@wherry/core'
import type { AnySchema } from '@wherry/core/schema'
import { createPair, type Pair } from '../pair.ts'
import type { Scope } from './calls.ts'
import { deadlineMs } from './deadline.ts'
import { expectationsOf, type Engine } from './engine.ts'

/**
 * An engine as it is seen through a client: the same databases, behind a gateway. What a client has
 * not is the host's own business: transactions across several calls.
 */
export function remoteEngine(engine: Engine): Engine {
  return {
    ...engine,
    name: `remote+${engine.name}`,
    adapterName: engine.adapterName ?? engine.name,
    async expectedHere() {
      const { capabilities, knownGaps } = await expectationsOf(engine)
      return {
        capabilities: { ...capabilities, transactions: false },
        knownGaps: { ...knownGaps, ...remoteGaps },
      }
    },
    async create(settings) {
      const database = await engine.create(settings)
      return { ...database, reach: reachThroughClient }
    },
  }
}

/** No client gives up on what is only slow; one that hangs says so before the step's deadline does. */
const timeoutMs = deadlineMs / 2

const tooLarge = 'a call of a client takes at most 60 KiB'
const namesLater =
  'a client is told of the collections when it has connected: then calls are refused'

const remoteGaps = {
  'inserts: seven thousand rows are inserted at once': tooLarge,
  'filters: a list may have five thousand values, or forty thousand': tooLarge,
  'texts: a text of a million characters is kept whole': tooLarge,
  'times, booleans, bytes and enums: a hundred thousand bytes are kept whole': tooLarge,
  'json paths: a list of ten thousand values works, one of forty thousand is too complex': tooLarge,
  'arrays: more elements in a filter than conditions are allowed are too complex': tooLarge,
  'bad queries: more than five hundred conditions are too complex': tooLarge,
  'bad queries: a list of ten thousand floats works, one of forty thousand is too complex':
    tooLarge,
  'bad names: an unknown collection is refused at once, however it is called': namesLater,
  'bad names: a collection that is no name is refused': namesLater,
  'names: the database’s names are no names of fields': namesLater,
}

/** Collections are the client's; connecting and closing make and end it with the service. */
function reachThroughClient(data: DataService<AnySchema>, runtime: Runtime): Scope {
  let pair: Pair<AnySchema> | undefined
  let isOpen = false
  const own: Scope = {
    async connect(...options: Parameters<typeof data.connect>) {
      await data.connect(...options)
      // What a scenario expects to fail is no news.
      pair = createPair({ data, runtime, onError: () => undefined, client: { timeoutMs } })
      isOpen = true
    },
    async close() {
      isOpen = false
      await pair?.close()
      await data.close()
    },
    async ping() {
      if (pair === undefined) return data.ping()
      await pair.client.connect()
      await pair.client.ping()
    },
    stats: () => data.stats(),
    collection: (name: never) => (pair === undefined ? data : pair.client).collection(name),
    async transaction(...args: Parameters<typeof data.transaction>) {
      // Before and after, it is the service that says so.
      if (!isOpen) return data.transaction(...args)
      throw new WherryError(
        'Unsupported',
        'A client has no transactions of several calls; put them into one, or let the host do it',
      )
    },
  }
  return new Proxy(own, {
    get(_, name) {
      if (typeof name === 'string' && Object.hasOwn(own, name)) return own[name]
      return ((pair?.client ?? data) as unknown as Record<string | symbol, unknown>)[name]
    },
  })
}
