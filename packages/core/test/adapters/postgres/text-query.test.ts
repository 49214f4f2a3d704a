import { describe, expect, it } from 'vitest'
import { textQueryClass, type PgQueryClass } from '../../../src/adapters/postgres/text-query.ts'
import type { SqlResult } from '../../../src/adapters/sql/server/connection.ts'

// By a name that is no literal, because pg brings no types.
const driver: string = 'pg'
const pg = (await import(driver)) as { readonly default: { readonly Query: PgQueryClass } }
const TextQuery = textQueryClass(pg.default.Query)
const statement = { text: 'select $1, $2', name: 'both' }

/** What pg does with a query; its connection writes down what it would send. */
interface Submitted {
  submit(connection: object): Error | null
  handleDataRow(message: object): void
  handleCommandComplete(message: object, connection: object): void
  handleReadyForQuery(connection: object): void
  handleError(error: Error, connection: object): void
}

function newConnection() {
  const sent: { readonly message: string; readonly content: unknown }[] = []
  const send = (message: string) => (content: unknown) => sent.push({ message, content })
  const names = ['parse', 'bind', 'describe', 'execute', 'sync', 'query']
  return {
    sent,
    stream: {},
    parsedStatements: {} as Record<string, string>,
    submittedNamedStatements: {} as Record<string, string>,
    ...Object.fromEntries(names.map((name) => [name, send(name)])),
  }
}

function submit(connection: object, query: typeof statement | { text: string }) {
  const answers: { readonly error: unknown; readonly result: SqlResult }[] = []
  const submitted = new TextQuery(query, ['a', 20], (error, result) =>
    answers.push({ error, result }),
  ) as Submitted
  expect(submitted.submit(connection)).toBeNull()
  return { submitted, answers }
}

describe('a query of texts', () => {
  it('is described while it is prepared, and not again', () => {
    const connection = newConnection()
    submit(connection, statement)
    expect(connection.sent.map(({ message }) => message)).toEqual([
      'parse',
      'bind',
      'describe',
      'execute',
      'sync',
    ])
    connection.sent.length = 0
    submit(connection, statement)
    expect(connection.sent.map(({ message }) => message)).toEqual(['bind', 'execute', 'sync'])
  })

  it('binds as texts what is none, but for bytes and null', () => {
    const connection = newConnection()
    connection.parsedStatements['both'] = statement.text
    submit(connection, statement)
    const {
      statement: prepared,
      values,
      valueMapper,
    } = connection.sent[0]!.content as {
      readonly statement: string
      readonly values: readonly unknown[]
      valueMapper(value: unknown): unknown
    }
    expect(prepared).toBe('both')
    expect(values.map(valueMapper)).toEqual(['a', '20'])
    expect([9n, true].map(valueMapper)).toEqual(['9', 'true'])
    const bytes = Buffer.from('00ff', 'hex')
    expect(valueMapper(bytes)).toBe(bytes)
    expect(valueMapper(null)).toBeNull()
  })

  it('answers with the rows as they came, and how many there were', () => {
    const connection = newConnection()
    connection.parsedStatements['both'] = statement.text
    const { submitted, answers } = submit(connection, statement)
    submitted.handleDataRow({ fields: ['a', '20'] })
    submitted.handleDataRow({ fields: [null, '007'] })
    submitted.handleCommandComplete({ text: 'SELECT 2' }, connection)
    submitted.handleReadyForQuery(connection)
    const rows = [
      ['a', '20'],
      [null, '007'],
    ]
    expect(answers).toEqual([{ error: null, result: { rows, count: 2 } }])
  })

  it('counts what returns no rows', () => {
    const connection = newConnection()
    const { submitted, answers } = submit(connection, statement)
    submitted.handleCommandComplete({ text: 'INSERT 0 3' }, connection)
    submitted.handleReadyForQuery(connection)
    expect(answers).toEqual([{ error: null, result: { rows: [], count: 3 } }])
  })

  it('answers with the error', () => {
    const connection = newConnection()
    const { submitted, answers } = submit(connection, statement)
    const error = new Error('refused')
    submitted.handleError(error, connection)
    expect(answers.map((answer) => answer.error)).toEqual([error])
  })
})
