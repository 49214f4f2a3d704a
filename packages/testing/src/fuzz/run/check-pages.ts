import { isWherryError } from '@wherry/core'
import type { CollectionDefinition } from '@wherry/core/schema'
import { equal } from '../lib/plain.ts'
import type { Row } from '../outcome.ts'
import type { LooseHandle, Subject } from '../subject.ts'
import { demand } from './demand.ts'

type Query = Readonly<Record<string, unknown>>

/** Pages, walked to their end, are `find` in pieces, and so is the stream; `cut` is its window. */
export async function checkPages(
  subject: Subject,
  on: string,
  query: Query,
  size: number,
  cut: Query,
): Promise<unknown> {
  const handle = subject.data.collection(on)
  const expected = (await handle.find!(query)) as Row[]
  const cursors = await walk(handle, query, size, expected)
  const window = { ...query, ...cut }
  await stream(handle, window, size, (await handle.find!(window)) as Row[])
  const [cursor] = cursors
  const collection = subject.definition.collections.get(on)!
  if (cursor !== undefined) await checkForeign(handle, otherOrder(collection, query), cursor)
  return { expected, cursors }
}

async function walk(
  handle: LooseHandle,
  query: Query,
  size: number,
  expected: readonly Row[],
): Promise<string[]> {
  const walked: Row[] = []
  const cursors: string[] = []
  for (let after: string | null | undefined; after !== null;) {
    const page = (await handle.page!({
      ...query,
      limit: size,
      ...(after !== undefined && { after }),
    })) as { rows: Row[]; next: string | null }
    walked.push(...page.rows)
    demand(
      page.rows.length === size || page.next === null,
      'a page is short, and yet there is a next one',
    )
    demand(page.rows.length > 0 || expected.length === 0, 'a page is empty, and not the only one')
    demand(walked.length <= expected.length, 'the pages hold more rows than find finds')
    after = page.next
    if (after !== null) cursors.push(after)
  }
  demand(equal(walked, expected), 'the pages are not what find finds')
  return cursors
}

async function stream(
  handle: LooseHandle,
  query: Query,
  batchSize: number,
  expected: readonly Row[],
): Promise<void> {
  const streamed: Row[] = []
  for await (const row of handle.stream!(query, { batchSize }) as AsyncIterable<Row>) {
    streamed.push(row)
    demand(streamed.length <= expected.length, 'the stream holds more rows than find finds')
  }
  demand(equal(streamed, expected), 'the stream is not what find finds')
}

/** The query in another order: its cursors are of no use there. */
function otherOrder(collection: CollectionDefinition, query: Query): Query {
  const given = [query.orderBy ?? []].flat() as Row[]
  const terms = given.length > 0 ? given : collection.key.map(({ name }) => ({ [name]: 'asc' }))
  const turned = terms.map((term) =>
    Object.fromEntries(
      Object.entries(term).map(([name, way]) => [name, way === 'asc' ? 'desc' : 'asc']),
    ),
  )
  return { ...query, orderBy: turned }
}

async function checkForeign(handle: LooseHandle, query: Query, after: string): Promise<void> {
  try {
    await handle.page!({ ...query, after })
  } catch (error) {
    if (isWherryError(error) && error.code === 'InvalidCursor') return
    throw error
  }
  demand(false, 'a cursor of another order was accepted')
}
