import { countOf, groupsOf, liveValue, startMutation, type LiveListener } from '@wherry/core'
import {
  callMethods,
  countAsAggregate,
  remember,
  writeMethods,
  type CallMethod,
} from '@wherry/core/query'
import type { Calls } from '../connection/calls.ts'
import { copy } from '../lib/copy.ts'
import type { LiveQueries } from '../live/live-queries.ts'
import { streamPages, type PageOf, type ReadPage } from './stream.ts'

/** What the collections of a client have in common. */
export interface Means {
  readonly calls: Calls
  readonly live: LiveQueries
  readonly newId: () => string
}

type Method = (...args: readonly unknown[]) => Promise<unknown>

/**
 * The methods of one collection, as `CollectionHandle` of the core documents them. What they are
 * given is checked as far as it has to be in order to be sent; the rest is the server's to refuse.
 */
export function createCollection(collection: string, { calls, live, newId }: Means): object {
  const read = (method: CallMethod, args: readonly unknown[]): Promise<unknown> => {
    const reading: Promise<unknown> = calls
      .call({ collection, method, args })
      .then(({ value, meta }) => {
        // Who served it is known of what was read, and of its promise, which may be of a number.
        const all = [reading, value, method === 'page' && (value as PageOf<unknown>).rows]
        for (const each of all) if (Object(each) === each) remember(each as object, meta)
        return value
      })
    return reading
  }
  const mutate = (method: CallMethod, args: readonly unknown[]): Promise<unknown> => {
    const mutationId = newId()
    const call = { collection, method, args, mutationId }
    return startMutation(
      () => mutationId,
      // A delete has no result, which JSON can only say as null.
      async () => (await calls.call(call)).value ?? undefined,
    )
  }
  const methods: Record<string, Method> = {}
  for (const method of Object.keys(callMethods) as CallMethod[]) {
    methods[method] = (...args) => (method in writeMethods ? mutate : read)(method, args)
  }
  /** What is wrong with the query, subscribers are told. */
  const follow = (method: 'find' | 'aggregate', query: unknown) => {
    const wish = { collection, method, query: copy(query) }
    return (listener: LiveListener) => live.subscribe(wish, listener)
  }
  return {
    ...methods,
    stream(query?: unknown, options?: unknown) {
      return streamPages(methods['page'] as ReadPage, copy(query), options)
    },
    live: (query?: unknown) => ({ subscribe: follow('find', query) }),
    liveAggregate: (query: unknown) => liveValue(follow('aggregate', query), groupsOf),
    liveCount: (query?: unknown) =>
      liveValue(follow('aggregate', countAsAggregate(query)), countOf),
  }
}
