import type {
  Adapter,
  Session,
  TransactionSettings,
  WriteResult,
} from '../../src/contract/adapter.ts'
import type { Capabilities } from '../../src/contract/capabilities.ts'
import type { ChangeLog } from '../../src/contract/change-log.ts'
import type { Finding } from '../../src/contract/finding.ts'
import { WherryError } from '../../src/errors/wherry-error.ts'
import type { ErrorCode } from '../../src/errors/codes.ts'
import type { AggregatePlan, FindPlan, Plan, WritePlan } from '../../src/query/ast.ts'
import type { Row } from '../../src/schema/definition.ts'

/** What becomes of a call: it fails with the error, or goes on when the promise resolves. */
type Outcome = Error | Promise<unknown>

export function failure(code: ErrorCode): WherryError {
  return new WherryError(code, `a scripted ${code}`)
}

/** An adapter without a database: it notes what it is asked, and does what a test has told it. */
export class ScriptedAdapter implements Adapter {
  readonly name = 'scripted'
  readonly capabilities: Capabilities
  /** Of a database that never changes. */
  readonly log: ChangeLog = {
    hidesReplaced: false,
    snapshot: async (_, read) => ({ value: await read(this), position: 'a:0' }),
    head: async () => 'a:0',
    read: async () => ({ changes: [], position: 'a:0', isWhole: true }),
    watch: () => () => undefined,
  }
  /** Everything that was asked, in order: 'begin serializable', 'insert', 'commit', … */
  readonly calls: string[] = []
  readonly plans: Plan[] = []
  /** What every find returns, copied. */
  rows: readonly Row[] = []
  findings: readonly Finding[] = []
  readonly #script = new Map<string, (Outcome | undefined)[]>()

  constructor(capabilities: Partial<Capabilities> = {}) {
    this.capabilities = {
      durable: false,
      transactions: true,
      serializable: true,
      foreignKeys: true,
      sharedBetweenProcesses: false,
      externalChanges: true,
      ...capabilities,
    }
  }

  /** What becomes of the next calls of this name, one after another; those after them succeed. */
  next(call: string, ...outcomes: (Outcome | undefined)[]): void {
    this.#script.set(call, outcomes)
  }

  async connect(): Promise<void> {
    await this.#call('connect')
  }

  async close(): Promise<void> {
    await this.#call('close')
  }

  async ping(): Promise<void> {
    await this.#call('ping')
  }

  async ensure(mode: 'create' | 'verify'): Promise<void> {
    await this.#call('ensure', mode)
  }

  async introspect(): Promise<[]> {
    await this.#call('introspect')
    return []
  }

  async doctor(): Promise<readonly Finding[]> {
    await this.#call('doctor')
    return this.findings
  }

  async find(plan: FindPlan): Promise<Row[]> {
    this.plans.push(plan)
    await this.#call('find')
    const { limit = this.rows.length } = plan
    return this.rows.slice(0, limit).map((row) => ({ ...row }))
  }

  async aggregate(plan: AggregatePlan): Promise<Row[]> {
    this.plans.push(plan)
    await this.#call('aggregate')
    return [Object.fromEntries(plan.measures.map(({ name }) => [name, this.rows.length]))]
  }

  async write(plans: readonly WritePlan[]): Promise<WriteResult[]> {
    const results: WriteResult[] = []
    for (const plan of plans) {
      this.plans.push(plan)
      await this.#call(plan.kind)
      const rows = plan.kind === 'insert' ? plan.rows : this.rows.map((row) => ({ ...row }))
      results.push({ count: rows.length, rows })
    }
    return results
  }

  async transaction<T>(
    { isolationLevel }: TransactionSettings,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    await this.#call('begin', isolationLevel)
    try {
      const result = await work(this)
      await this.#call('commit')
      return result
    } catch (error) {
      this.calls.push('rollback')
      throw error
    }
  }

  stats() {
    return { total: 1, idle: 1, active: 0, waiting: 0 }
  }

  async #call(name: string, ...details: string[]): Promise<void> {
    this.calls.push([name, ...details].join(' '))
    const outcome = this.#script.get(name)?.shift()
    if (outcome instanceof Error) throw outcome
    await outcome
  }
}
