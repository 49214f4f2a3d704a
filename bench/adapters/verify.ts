import { isDeepStrictEqual } from 'node:util'
import type { Emotion } from './schema.ts'
import { caseNames, type CaseName, type Subject } from './subject.ts'
import type { Workload } from './workload.ts'

const samples = 5

/**
 * Throws unless every subject returns what the first one does, value for value, and what a subject
 * says that it wrote is what the first one then reads. Only then do their times compare.
 */
export async function verify(subjects: readonly Subject[], load: Workload): Promise<void> {
  const [first, ...others] = subjects as [Subject, ...Subject[]]
  for (let n = 0; n < samples; n++) {
    for (const name of caseNames) {
      const expected = await comparable(first, first, name, load, n)
      for (const subject of others) {
        const found = await comparable(subject, first, name, load, n)
        if (!isDeepStrictEqual(found, expected)) {
          const show = (value: unknown) => JSON.stringify(value, null, 2)
          throw new Error(
            `${subject.name} does other work in ${name} than ${first.name}: it returned\n` +
              `${show(found)}\ninstead of\n${show(expected)}`,
          )
        }
      }
    }
  }
}

async function comparable(
  subject: Subject,
  reader: Subject,
  name: CaseName,
  load: Workload,
  n: number,
): Promise<unknown> {
  switch (name) {
    case 'point': {
      const row = await subject.point(load.id(n))
      return row ?? fail('found no row')
    }
    case 'range100':
      return subject.range100(load.userId(n))
    case 'insert':
      return written(reader, await subject.insert(load.input(n)))
    case 'batch100': {
      const rows: object[] = []
      for (const row of await subject.batch100(load.batch(n))) {
        rows.push(await written(reader, row))
      }
      return rows
    }
    case 'update': {
      const before = (await reader.point(load.id(n))) ?? fail('found no row')
      const after = await subject.update(load.id(n), load.patch(n))
      if (after.version !== before.version + 1) fail(`counted no version: ${after.version}`)
      return { ...(await written(reader, after)), createdAt: after.createdAt, version: 'next' }
    }
  }
}

/** The row but for what no two writes share, once it is proven to be what the table now holds. */
async function written(reader: Subject, row: Emotion): Promise<object> {
  const stored = await reader.point(row.id)
  if (!isDeepStrictEqual(row, stored)) {
    fail(`returned ${JSON.stringify(row)}, but the table holds ${JSON.stringify(stored)}`)
  }
  const { id, createdAt, updatedAt, ...rest } = row
  const isNew = Math.abs(Date.now() - updatedAt.getTime()) < 60_000
  return { ...rest, id: typeof id, createdAt: createdAt instanceof Date, isNew }
}

function fail(fault: string): never {
  throw new Error(`A subject ${fault}`)
}
