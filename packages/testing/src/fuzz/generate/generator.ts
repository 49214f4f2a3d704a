import type { CollectionDefinition } from '@wherry/core/schema'
import { startMs } from '../lib/runtime.ts'
import {
  checkNames,
  readMethods,
  writeMethods,
  type Call,
  type Check,
  type CheckName,
  type Operation,
  type ReadMethod,
  type Transaction,
  type WriteMethod,
} from '../operation.ts'
import type { RowsByCollection } from '../outcome.ts'
import { drawWhere } from './filters.ts'
import { drawAggregate, drawCutAggregate, drawFind, drawInclude } from './queries.ts'
import type { Scene } from './scene.ts'
import { spoil } from './spoil.ts'
import { countKey, drawWrite } from './writes.ts'

const isIn = <T extends string>(list: readonly T[], name: string): name is T =>
  (list as readonly string[]).includes(name)

/** Checks whose arguments are a filter and nothing that must be right. */
const whereChecks: ReadonlySet<string> = new Set(['complement', 'threeValued'])

const actors = ['ann', "o'bob", '\u{1f600}']
/** Few, so that some come again. */
const mutationIds = ['one', 'two', 'three', 'four', '5', '~!$%&*', 'x'.repeat(64)]

/** Draws the operations of one database, one after another. */
export class Generator {
  readonly #scene: Scene
  #atMs = startMs

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** `rows` are those that there are now. */
  next(rows: RowsByCollection): Operation {
    const { random } = this.#scene
    this.#scene.note(rows)
    // The clock mostly stands, which makes equal times; sometimes it goes back.
    this.#atMs += random.weighted([
      [6, 0],
      [3, 1],
      [1, 1000],
      [0.2, -5],
    ])
    return { atMs: this.#atMs, ...this.#spoiled(this.#draw()) }
  }

  #draw(): Call | Transaction | Check {
    const { random, swarm } = this.#scene
    const collection = this.#scene.anyCollection()
    const { length } = this.#scene.rowsOf(collection)
    if (length < swarm.size / 3 && random.chance(0.4))
      return drawWrite(this.#scene, collection, 'insertMany')
    if (length > swarm.size) {
      return drawWrite(this.#scene, collection, random.pick(['delete', 'delete', 'deleteMany']))
    }
    const doing = random.pick(swarm.doings)
    if (doing === 'transaction') return this.#transaction()
    if (isIn(writeMethods, doing)) {
      if (this.#empties(doing, length)) return drawWrite(this.#scene, collection, 'insert')
      return drawWrite(this.#scene, collection, doing)
    }
    if (isIn(checkNames, doing)) return this.#check(collection, doing)
    return this.#read(collection, doing as ReadMethod)
  }

  /** Deletes of many would leave little to ask about. */
  #empties(doing: WriteMethod, rows: number): boolean {
    return doing === 'deleteMany' && rows < this.#scene.swarm.size && this.#scene.random.chance(0.6)
  }

  #read(collection: CollectionDefinition, call: ReadMethod, exact: boolean = false): Call {
    const { random } = this.#scene
    const on = collection.name
    switch (call) {
      case 'get':
        countKey(this.#scene, collection, 'get')
        return { call, on, args: [this.#scene.key(collection), ...this.#selection(collection)] }
      case 'count':
        return { call, on, args: [{ where: drawWhere(this.#scene, collection, 'count') }] }
      case 'aggregate':
        return { call, on, args: [drawAggregate(this.#scene, collection, { exact })] }
      case 'stream': {
        const batchSize = random.pick([1, 2, 3, 500])
        return { call, on, args: [drawFind(this.#scene, collection, call), { batchSize }] }
      }
      default:
        return { call, on, args: [drawFind(this.#scene, collection, call)] }
    }
  }

  #selection(collection: CollectionDefinition): unknown[] {
    const { random, swarm } = this.#scene
    if (random.chance(0.6)) return []
    const include =
      swarm.options.has('include') && random.chance(0.4)
        ? drawInclude(this.#scene, collection, 'get')
        : undefined
    const select = random.some(collection.fieldList.map(({ name }) => name))
    return [{ select, ...(include && { include }) }]
  }

  #check(collection: CollectionDefinition, check: CheckName): Check {
    return { check, on: collection.name, args: this.#checkArguments(collection, check) }
  }

  #checkArguments(collection: CollectionDefinition, check: CheckName): unknown[] {
    const { random } = this.#scene
    switch (check) {
      case 'complement':
      case 'threeValued':
        return [drawWhere(this.#scene, collection, check)]
      case 'sameMeaning': {
        const query = random.chance(0.8)
          ? drawFind(this.#scene, collection, 'find')
          : drawAggregate(this.#scene, collection, { whole: true, exact: true })
        return [query, random.below(2 ** 31)]
      }
      case 'pages':
        return [
          drawFind(this.#scene, collection, check),
          random.pick([1, 1, 2, 3, 7]),
          random.pick([{}, {}, { offset: 1 }, { limit: 3 }, { offset: 2, limit: 4 }]),
        ]
      case 'window': {
        const { select: _, ...query } = drawFind(this.#scene, collection, check)
        return [query, random.pick([0, 1, 2, 5]), random.pick([0, 1, 2, 5, 100])]
      }
      case 'includes': {
        const query = drawFind(this.#scene, collection, check)
        return [{ ...query, include: drawInclude(this.#scene, collection, check) ?? {} }]
      }
      case 'groups':
        return drawCutAggregate(this.#scene, collection)
    }
  }

  /** Calls on any collections; most transactions have nothing wrong and commit. */
  #transaction(): Transaction {
    const { random } = this.#scene
    const transaction = Array.from({ length: random.between(1, 5) }, (): Call => {
      const collection = this.#scene.anyCollection()
      const call = random.pick([...writeMethods, ...readMethods])
      return isIn(writeMethods, call)
        ? drawWrite(this.#scene, collection, call)
        : this.#read(collection, call, true)
    })
    return {
      transaction,
      fails: random.chance(0.25),
      catches: random.chance(0.5),
      ...(random.chance(0.2) && { joinsFrom: random.below(transaction.length) }),
      ...(random.chance(0.3) && { actor: random.pick(actors) }),
      ...(random.chance(0.3) && { mutationId: random.pick(mutationIds) }),
    }
  }

  #spoiled<T extends Call | Transaction | Check>(operation: T): T {
    const { random, swarm } = this.#scene
    const isFixed = 'check' in operation && !whereChecks.has(operation.check)
    if (isFixed || !random.chance(swarm.spoilRate)) return operation
    const spoilt = (args: readonly unknown[]) => spoil(random, swarm.abilities, args)
    if (!('transaction' in operation)) return { ...operation, args: spoilt(operation.args) }
    const at = random.below(operation.transaction.length)
    const transaction = operation.transaction.map((call, index) =>
      index === at ? { ...call, args: spoilt(call.args) } : call,
    )
    return { ...operation, transaction }
  }
}
