import {
  createDataService,
  isWherryError,
  type Adapter,
  type DataService,
  type ErrorCode,
} from '@wherry/core'
import type { CollectionName } from '@wherry/core/schema'
import { computeFigures, type Figures } from './figures.ts'
import { movies, locate, weather, type Source, type SourceRow } from './read.ts'
import { schema, type ImportSchema } from './schema.ts'

/** A row that the service refused, and why. */
export interface Refusal {
  readonly line: number
  readonly reason: string
}

export interface Outcome {
  readonly file: string
  read: number
  inserted: number
  readonly refusals: Refusal[]
}

export interface ImportResult {
  readonly movies: Outcome
  readonly weather: Outcome
  readonly figures: Figures
}

export type OnProgress = (outcome: Readonly<Outcome>) => void

/** Imports both files into an empty database, and computes the figures from what it then holds. */
export async function importInto(
  database: Adapter,
  onProgress?: OnProgress,
): Promise<ImportResult> {
  const data = createDataService({ schema, databases: [database] })
  await data.connect()
  try {
    return {
      movies: await importSource(data, movies, onProgress),
      weather: await importSource(data, weather, onProgress),
      figures: await computeFigures(data),
    }
  } finally {
    await data.close()
  }
}

type Name = CollectionName<ImportSchema>

const batchSize = 200

/** Inserts the rows of a source, but for those that the service refuses. */
export async function importSource<K extends Name>(
  data: DataService<ImportSchema>,
  { file, collection, rows }: Source<K>,
  onProgress: OnProgress = () => undefined,
): Promise<Outcome> {
  const outcome: Outcome = { file, read: 0, inserted: 0, refusals: [] }
  let batch: SourceRow<K>[] = []
  const flush = async () => {
    await insertBatch(data, collection, batch, outcome)
    batch = []
    onProgress(outcome)
  }
  for await (const row of rows(locate(file))) {
    outcome.read++
    batch.push(row)
    if (batch.length === batchSize) await flush()
  }
  await flush()
  return outcome
}

/** The codes of errors that are the row's fault. Any other, such as a full disk, ends the import. */
const refusalCodes: readonly ErrorCode[] = ['InvalidValue', 'OutOfRange', 'UniqueViolation']

/**
 * insertMany inserts all of its rows or none, and says which row was refused. That one is reported
 * and the rest tried again, so that every other row goes in.
 */
async function insertBatch<K extends Name>(
  data: DataService<ImportSchema>,
  collection: K,
  batch: readonly SourceRow<K>[],
  outcome: Outcome,
): Promise<void> {
  let rest = batch
  while (rest.length > 0) {
    try {
      await data.collection(collection).insertMany(rest.map(({ row }) => row))
      outcome.inserted += rest.length
      return
    } catch (error) {
      if (!isWherryError(error) || !refusalCodes.includes(error.code)) throw error
      const refused = rest[error.details.row ?? 0]!
      outcome.refusals.push({ line: refused.line, reason: error.message })
      rest = rest.filter((row) => row !== refused)
    }
  }
}
