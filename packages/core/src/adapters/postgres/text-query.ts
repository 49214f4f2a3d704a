import type { SqlResult } from '../sql/server/connection.ts'

/** What is asked of pg; with a name it is prepared, once, under that name. */
export interface PgQuery {
  readonly text: string
  readonly name?: string | undefined
  readonly query_timeout?: number
}

export interface PgResult {
  readonly rows: unknown[][]
  readonly rowCount: number | null
}

/** There is no result where there is an error. */
export type Answer<R> = (error: unknown, result: R) => void

/** pg's class of queries, by shape, as far as it is changed here. */
export type PgQueryClass = new (
  query: PgQuery,
  values: readonly unknown[],
  answer: Answer<PgResult>,
) => {
  readonly name: string | undefined
  readonly values: readonly unknown[]
  hasBeenParsed(connection: PgMessages): boolean
  prepare(connection: PgMessages): void
  handleDataRow(message: { readonly fields: unknown[] }): void
}

/** The messages of PostgreSQL's extended query protocol, as pg sends them. */
interface PgMessages {
  bind(message: {
    readonly statement: string | undefined
    readonly values: readonly unknown[]
    readonly valueMapper: (value: unknown) => unknown
  }): void
  execute(message: object): void
  sync(): void
}

export type TextQueryClass = new (
  query: PgQuery,
  values: readonly unknown[],
  answer: Answer<SqlResult>,
) => object

/**
 * Queries whose rows stay the texts that the server sends, so that the columns of what is prepared
 * need not be described again: that costs the server and pg more than the row of a read by key does.
 */
export function textQueryClass(Query: PgQueryClass): TextQueryClass {
  return class extends Query {
    readonly #rows: unknown[][]

    constructor(query: PgQuery, values: readonly unknown[], answer: Answer<SqlResult>) {
      const rows: unknown[][] = []
      super(query, values, (error, result) => answer(error, { rows, count: result?.rowCount ?? 0 }))
      this.#rows = rows
    }

    override prepare(connection: PgMessages): void {
      if (!this.hasBeenParsed(connection)) return super.prepare(connection)
      const { name: statement, values } = this
      connection.bind({ statement, values, valueMapper: asText })
      connection.execute({})
      connection.sync()
    }

    override handleDataRow({ fields }: { readonly fields: unknown[] }): void {
      this.#rows.push(fields)
    }
  }
}

/** Row code has made texts and buffers of values; others, such as limits, are the adapter's own. */
function asText(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    default:
      return value
  }
}
