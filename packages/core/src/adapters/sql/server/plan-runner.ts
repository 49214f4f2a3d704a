import type { AdapterContext, Session, WriteResult } from '../../../contract/adapter.ts'
import { isWherryError } from '../../../errors/wherry-error.ts'
import type { AggregatePlan, FindPlan, Plan, WritePlan } from '../../../query/ast.ts'
import type { CollectionDefinition, Row, SchemaDefinition } from '../../../schema/definition.ts'
import { checkPlan } from '../../guards.ts'
import { capturedBy, writeCaptured, type NewEntry } from '../capture.ts'
import { compilePlan } from '../compile.ts'
import type { RowMapper } from '../groups.ts'
import { createMapper, createRowBinder, mapRows, type RowBinder } from '../row-code.ts'
import { shapeOf } from '../shape.ts'
import { ShapeCache } from '../shape-cache.ts'
import type { SqlConnection, SqlResult, SqlText } from './connection.ts'
import type { SqlEngine } from './engine.ts'

/** The statement of a plan's shape, and what makes rows of its columns. */
export interface Prepared {
  readonly sql: string
  readonly name: string
  readonly parameters: readonly number[] | undefined
  readonly mapRow: RowMapper | undefined
  /** An insert's, which takes the values from its rows. */
  readonly bindRow: RowBinder | undefined
}

/** What is known of each shape of plan, for all connections of an adapter. */
export class PreparedPlans {
  readonly engine: SqlEngine
  readonly schema: SchemaDefinition
  /** Those whose changes the service writes into the log. */
  readonly captured: ReadonlySet<CollectionDefinition>
  readonly #cache = new ShapeCache<Prepared>()
  #made = 0

  constructor(engine: SqlEngine, context: Pick<AdapterContext, 'schema' | 'log'>) {
    this.engine = engine
    this.schema = context.schema
    this.captured = capturedBy(context, 'service')
  }

  /** Looked up by the shape; `sql` makes the statement where the plan's own is not what is wanted. */
  get(shape: string, plan: Plan, sql?: () => string): Prepared {
    return this.#cache.get(shape, () => {
      const { dialect } = this.engine
      const compiled =
        sql === undefined ? compilePlan(dialect, plan) : { sql: sql(), parameters: undefined }
      const bindRow =
        plan.kind === 'insert'
          ? createRowBinder(dialect.rowCode, plan.collection.fieldList)
          : undefined
      const mapRow = createMapper(dialect, plan)
      return { ...compiled, name: `wherry${this.#made++}`, mapRow, bindRow }
    })
  }
}

/** Runs plans on one connection: a session of the adapter contract. */
export class PlanRunner implements Session {
  readonly plans: PreparedPlans
  readonly connection: SqlConnection

  constructor(plans: PreparedPlans, connection: SqlConnection) {
    this.plans = plans
    this.connection = connection
  }

  find(plan: FindPlan): Promise<Row[]> {
    return this.rows(plan)
  }

  aggregate(plan: AggregatePlan): Promise<Row[]> {
    return this.rows(plan)
  }

  async write(plans: readonly WritePlan[]): Promise<WriteResult[]> {
    const results: WriteResult[] = []
    for (const plan of plans) results.push(await this.apply(plan))
    return results
  }

  /** Applies one plan; alone, where no transaction is open. */
  async apply(plan: WritePlan, isAlone = false): Promise<WriteResult> {
    checkPlan(plan)
    return this.plans.captured.has(plan.collection)
      ? this.#capture(plan)
      : this.#apply(plan, isAlone)
  }

  async #apply(plan: WritePlan, isAlone: boolean): Promise<WriteResult> {
    const { engine } = this.plans
    try {
      return await engine.write(this, plan, isAlone)
    } catch (error) {
      throw engine.toWherryError(error, plan)
    }
  }

  #capture(plan: WritePlan): Promise<WriteResult> {
    const { engine, schema } = this.plans
    const session: Session = {
      find: (each) => this.find(each),
      aggregate: (each) => this.aggregate(each),
      write: async (plans) => {
        const results: WriteResult[] = []
        for (const each of plans) results.push(await this.#apply(each, false))
        return results
      },
    }
    const hands = {
      session,
      guarded: <T>(work: () => Promise<T>) => this.#guarded(work),
      append: (collection: CollectionDefinition, entries: readonly NewEntry[]) =>
        engine.appendLog(this, { collection: collection.name, schemaHash: schema.hash }, entries),
    }
    return writeCaptured(hands, plan)
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    await this.run('savepoint wherry')
    try {
      return await work()
    } catch (error) {
      // Any other failure ends the transaction. A deadlock has done so already: no savepoint is left.
      if (isWherryError(error) && error.code === 'UniqueViolation') {
        await this.run('rollback to savepoint wherry')
      }
      throw error
    }
  }

  async rows(plan: FindPlan | AggregatePlan): Promise<Row[]> {
    checkPlan(plan)
    const { engine } = this.plans
    try {
      const { prepared, result } = this.ask(plan)
      return mapRows((await result).rows, prepared.mapRow!)
    } catch (error) {
      throw engine.toWherryError(error, plan)
    }
  }

  /** Sends the statement of a plan. */
  ask(plan: Plan): { readonly prepared: Prepared; readonly result: Promise<SqlResult> } {
    const { text, values } = shapeOf(this.plans.engine.dialect, plan)
    const prepared = this.plans.get(text, plan)
    const { parameters } = prepared
    const bound = parameters === undefined ? values : parameters.map((index) => values[index])
    return { prepared, result: this.connection.run(prepared, bound) }
  }

  /** The rows that a write's statement returns, or how many there were. */
  async result(plan: WritePlan): Promise<WriteResult> {
    const { prepared, result } = this.ask(plan)
    const { rows, count } = await result
    if (prepared.mapRow === undefined) return { count, rows: [] }
    return { count: rows.length, rows: mapRows(rows, prepared.mapRow) }
  }

  /** Runs a statement of the adapter's own. */
  run(sql: string, values?: readonly unknown[]): Promise<SqlResult> {
    return this.runStatement({ sql }, values)
  }

  /** The same, which may have a name under which it stays prepared. */
  async runStatement(statement: SqlText, values: readonly unknown[] = []): Promise<SqlResult> {
    try {
      return await this.connection.run(statement, values)
    } catch (error) {
      throw this.plans.engine.toWherryError(error)
    }
  }
}
