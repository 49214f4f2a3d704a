import type { Adapter, Session } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { compileFilter, type Filter, type FindPlan, type WritePlan } from '@wherry/core/query'
import type { Engine } from '../../src/fuzz/index.ts'

type Row = Record<string, unknown>
type Reader = Pick<Session, 'find' | 'aggregate'>
type Change = Awaited<ReturnType<Adapter['log']['read']>>['changes'][number]

/** What a planted bug changes on the way to an engine that is right, and on the way back. */
interface Bug {
  readonly find?: (plan: FindPlan, reader: Reader) => Promise<Row[]>
  readonly filter?: (filter: Filter) => Filter
  readonly write?: (plan: WritePlan) => WritePlan
  readonly changes?: (changes: readonly Change[]) => readonly Change[]
  /** Runs transactions as if each call stood alone. */
  readonly withoutTransactions?: true
}

/** The memory adapter with a bug in it. */
export function planted(name: string, bug: Bug): Engine {
  const open = () => ({ adapter: withBug(memory(), bug), dispose: () => Promise.resolve() })
  return { name, open: () => Promise.resolve(open()) }
}

function withBug(right: Adapter, bug: Bug): Adapter {
  return {
    ...sessionWithBug(right, bug),
    name: right.name,
    capabilities: right.capabilities,
    log: logWithBug(right.log, bug),
    connect: (context) => right.connect(context),
    close: () => right.close(),
    ping: () => right.ping(),
    ensure: (mode) => right.ensure(mode),
    introspect: () => right.introspect(),
    doctor: () => right.doctor(),
    stats: () => right.stats(),
    transaction: (settings, work) =>
      bug.withoutTransactions
        ? work(sessionWithBug(right, bug))
        : right.transaction(settings, (session) => work(sessionWithBug(session, bug))),
  }
}

function logWithBug(right: Adapter['log'], bug: Bug): Adapter['log'] {
  const { changes = same } = bug
  return {
    hidesReplaced: right.hidesReplaced,
    snapshot: (collections, read) =>
      right.snapshot(collections, (reader) => read(readerWithBug(reader, bug))),
    head: () => right.head(),
    async read(after, upTo) {
      const batch = await right.read(after, upTo)
      return { ...batch, changes: changes(batch.changes) }
    },
    watch: (onCommit) => right.watch(onCommit),
  }
}

function readerWithBug(right: Reader, bug: Bug): Reader {
  const { find = (plan, reader) => reader.find(plan), filter = same } = bug
  return {
    find: (plan) => find({ ...plan, filter: filter(plan.filter) }, right),
    aggregate: (plan) => right.aggregate({ ...plan, filter: filter(plan.filter) }),
  }
}

function sessionWithBug(right: Session, bug: Bug): Session {
  const { filter = same, write = same } = bug
  return {
    ...readerWithBug(right, bug),
    write: (plans) =>
      right.write(
        plans.map((plan) =>
          write('filter' in plan ? { ...plan, filter: filter(plan.filter) } : plan),
        ),
      ),
  }
}

function same<T>(value: T): T {
  return value
}

function mapTests(filter: Filter, change: (test: Filter & { kind: 'test' }) => Filter): Filter {
  if (filter.kind === 'test') return change(filter)
  if (filter.kind !== 'and' && filter.kind !== 'or') return filter
  return { ...filter, terms: filter.terms.map((term) => mapTests(term, change)) }
}

function lower(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lower)
  return typeof value === 'string' ? value.toLowerCase() : value
}

export const bugs: Readonly<Record<string, Bug>> = {
  'null is the largest in a descending order': {
    async find(plan, session) {
      const rows = await session.find(plan)
      const [term] = plan.order
      if (!term?.descending) return rows
      const isNull = (row: Row) => row[term.field.name] === null
      return [...rows.filter(isNull), ...rows.filter((row) => !isNull(row))]
    },
  },
  'ne drops nulls': {
    filter: (filter) => mapTests(filter, (test) => ({ ...test, matchesNull: false })),
  },
  'decimals lose their last digit': {
    write(plan) {
      if (plan.kind !== 'insert') return plan
      const decimals = plan.collection.fieldList.filter(({ kind }) => kind === 'decimal')
      const round = (row: Row): Row => ({
        ...row,
        ...Object.fromEntries(
          decimals.map(({ name }) => {
            const value = row[name]
            return [name, typeof value === 'string' ? value.replace(/\d$/, '0') : value]
          }),
        ),
      })
      return { ...plan, rows: plan.rows.map(round) }
    },
  },
  'eq folds the case of texts': {
    async find(plan, session) {
      const folds = (filter: Filter): boolean =>
        filter.kind === 'test'
          ? filter.operator === 'eq' && filter.field.kind === 'text'
          : 'terms' in filter && filter.terms.some(folds)
      if (!folds(plan.filter) || plan.after !== undefined) return session.find(plan)
      const matches = compileFilter(
        mapTests(plan.filter, (test) => ({ ...test, operand: lower(test.operand) })),
      )
      const { limit, offset, fields, collection } = plan
      const every = { ...plan, filter: { kind: 'every' } as const, fields: collection.fieldList }
      const rows = await session.find({ ...every, limit: undefined, offset: 0 })
      const found = rows.filter((row) =>
        matches(Object.fromEntries(Object.entries(row).map(([key, each]) => [key, lower(each)]))),
      )
      return found
        .slice(offset, limit === undefined ? undefined : offset + limit)
        .map((row) => Object.fromEntries(fields.map(({ name }) => [name, row[name]])))
    },
  },
  'a page behind a cursor loses its last row': {
    async find(plan, session) {
      const rows = await session.find(plan)
      return plan.after === undefined ? rows : rows.slice(0, -1)
    },
  },
  'ifVersion is ignored': {
    write(plan) {
      if (plan.kind !== 'update' && plan.kind !== 'delete') return plan
      const { version } = plan.collection
      const ignore = (test: Filter & { kind: 'test' }): Filter =>
        test.field === version && test.operator === 'eq' ? { kind: 'every' } : test
      return { ...plan, filter: mapTests(plan.filter, ignore) }
    },
  },
  'an offset without a limit is forgotten': {
    find: (plan, session) => session.find(plan.limit === undefined ? { ...plan, offset: 0 } : plan),
  },
  'a limit for each value is forgotten': {
    find: (plan, reader) => reader.find({ ...plan, limitPer: undefined }),
  },
  'a failed transaction leaves its writes': { withoutTransactions: true },
  'the change log forgets who it was': {
    changes: (changes) => changes.map((change) => ({ ...change, actor: null })),
  },
  'the change log lacks one of several changes': {
    changes: (changes) => (changes.length > 1 ? changes.slice(1) : changes),
  },
  'the change log says of an update what the row was made to': {
    changes: (changes) => changes.map((change) => ({ ...change, old: change.old && change.row })),
  },
}
