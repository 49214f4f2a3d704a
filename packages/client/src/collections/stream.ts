import { checkOptions, invalidOptions } from '@wherry/core'
import { isPlainObject } from '@wherry/core/schema'

export interface PageOf<R> {
  readonly rows: R[]
  readonly next: string | null
}

export type ReadPage = (query: unknown) => Promise<PageOf<unknown>>

const defaultBatchSize = 500

/** The rows of a query, page after page. Of a query that is none, the first page says so. */
export async function* streamPages(
  readPage: ReadPage,
  query: unknown = {},
  options: unknown = {},
): AsyncGenerator<unknown, void, undefined> {
  checkOptions('stream()', options, ['batchSize'])
  const { batchSize: size = defaultBatchSize } = options as { readonly batchSize?: number }
  if (!(Number.isSafeInteger(size) && size > 0)) {
    throw invalidOptions("'batchSize' is a whole number of 1 or more")
  }
  if (!isPlainObject(query)) return void (await readPage(query))
  const { offset: _, ...rest } = query
  const limit = 'limit' in rest ? rest.limit : Infinity
  let page = await readPage({ ...query, limit: smaller(limit, size) })
  let left = Number(limit) - page.rows.length
  yield* page.rows
  while (page.next !== null && left > 0) {
    page = await readPage({ ...rest, after: page.next, limit: smaller(left, size) })
    left -= page.rows.length
    yield* page.rows
  }
}

/** What is no limit stays what it is, for the server to refuse. */
function smaller(limit: unknown, size: number): unknown {
  return limit === Infinity || Number.isSafeInteger(limit) ? Math.min(limit as number, size) : limit
}
