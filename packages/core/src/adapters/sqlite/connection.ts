import type { WriteResult } from '../../contract/adapter.ts'
import { eachRow } from '../../errors/wherry-error.ts'
import type { AggregatePlan, FindPlan, Plan, WritePlan } from '../../query/ast.ts'
import type { CollectionDefinition, Row } from '../../schema/definition.ts'
import { checkPlan } from '../guards.ts'
import { compilePlan } from '../sql/compile.ts'
import type { RowMapper } from '../sql/groups.ts'
import { createMapper, createRowBinder, mapRows, type RowBinder } from '../sql/row-code.ts'
import { ShapeCache } from '../sql/shape-cache.ts'
import { shapeOf } from '../sql/shape.ts'
import { sqliteDialect } from './dialect.ts'
import type { SqliteDatabase, SqliteStatement } from './driver.ts'
import { isBusy, toWherryError } from './errors.ts'
import { rowCode } from './values.ts'

/** A prepared statement of a plan's shape, and what makes rows of its columns. */
interface Prepared {
  readonly statement: SqliteStatement
  readonly parameters: readonly number[] | undefined
  readonly mapRow: RowMapper | undefined
  /** An insert's, whose statement runs once for each row. */
  readonly bindRow: RowBinder | undefined
}

/**
 * One open handle and its prepared statements. Everything here is synchronous, as the driver is.
 * Errors are Wherry's, except that a busy file's pass as they are: the adapter waits and retries.
 */
export class SqliteConnection {
  readonly db: SqliteDatabase
  readonly #file: string
  readonly #plans = new ShapeCache<Prepared>()
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(db: SqliteDatabase, file: string) {
    this.db = db
    this.#file = file
  }

  find(plan: FindPlan): Row[] {
    return this.#ask(plan, ({ statement, mapRow }, values) => {
      if (plan.limit !== 1) return mapRows(statement.all(...values), mapRow!)
      const columns = statement.get(...values) as unknown[] | undefined
      return columns === undefined ? [] : [mapRow!(columns)]
    })
  }

  aggregate(plan: AggregatePlan): Row[] {
    return this.#ask(plan, ({ statement, mapRow }, values) =>
      mapRows(statement.all(...values), mapRow!),
    )
  }

  write(plan: WritePlan): WriteResult {
    return this.#ask(plan, ({ statement, mapRow, bindRow }, values) => {
      if (plan.kind === 'insert') {
        const { rows, collection } = plan
        const insert = (row: Row) => statement.run(...bindRow!(row))
        eachRow(rows, (row) => this.#guard(() => insert(row), true, collection))
        return { count: rows.length, rows }
      }
      if (mapRow === undefined) return { count: statement.run(...values).changes, rows: [] }
      const rows = mapRows(statement.all(...values), mapRow)
      return { count: rows.length, rows }
    })
  }

  /** Immediate, so that a transaction never finds out half-way that another one writes. */
  begin(): void {
    this.#execute('begin immediate')
  }

  commit(): void {
    this.#guard(() => this.db.exec('commit'), true)
  }

  /** SQLite itself has rolled back after some errors; then there is nothing left to do. */
  rollback(): void {
    if (this.db.inTransaction) this.#execute('rollback')
  }

  /** Runs reads that all see the same state of the database. */
  snapshot<T>(reads: () => T): T {
    try {
      return this.openSnapshot(reads)
    } finally {
      this.rollback()
    }
  }

  /** Begins such reads, which a rollback ends; `first` are those that decide what state it is. */
  openSnapshot<T>(first: () => T): T {
    this.#execute('begin')
    try {
      return first()
    } catch (error) {
      this.rollback()
      throw error
    }
  }

  /** A statement that is the adapter's own, made when it is first needed; there are few of them. */
  statement(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql)
    if (statement === undefined) this.#statements.set(sql, (statement = this.db.prepare(sql)))
    return statement
  }

  close(): void {
    this.#plans.clear()
    this.#statements.clear()
    this.db.close()
  }

  #ask<T>(plan: Plan, run: (prepared: Prepared, values: readonly unknown[]) => T): T {
    checkPlan(plan)
    const wrote = plan.kind !== 'find' && plan.kind !== 'aggregate'
    const ask = () => {
      const { text, values } = shapeOf(sqliteDialect, plan)
      const prepared = this.#plans.get(text, () => this.#prepare(plan))
      const { parameters } = prepared
      return run(prepared, parameters === undefined ? values : parameters.map((i) => values[i]))
    }
    return this.#guard(ask, wrote, plan.collection)
  }

  #guard<T>(work: () => T, wrote: boolean, collection?: CollectionDefinition): T {
    try {
      return work()
    } catch (error) {
      throw isBusy(error) ? error : toWherryError(error, this.#file, wrote, collection)
    }
  }

  #prepare(plan: Plan): Prepared {
    const { sql, parameters } = compilePlan(sqliteDialect, plan)
    const mapRow = createMapper(sqliteDialect, plan)
    const statement = this.db.prepare(sql)
    if (mapRow !== undefined) statement.raw()
    const bindRow =
      plan.kind === 'insert' ? createRowBinder(rowCode, plan.collection.fieldList) : undefined
    return { statement, parameters, mapRow, bindRow }
  }

  /** What begins or ends without writing anything. */
  #execute(sql: string): void {
    this.#guard(() => this.db.exec(sql), false)
  }
}
