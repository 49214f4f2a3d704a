import { describe, expect, it } from 'vitest'
import { LoneLedger } from '../../../src/adapters/mongodb/lone-ledger.ts'
import type { MongoContext } from '../../../src/adapters/mongodb/context.ts'
import type { Collection, Database, Document } from '../../../src/adapters/mongodb/driver.ts'
import type { SingleWrite } from '../../../src/adapters/mongodb/session.ts'
import { unknownOutcome } from '../../../src/adapters/mongodb/errors.ts'
import { systemRuntime } from '../../../src/lib/runtime.ts'
import { rejectedCode } from '../../support/errors.ts'

/** A collection of one process's making, whose commands may be lost, or only their answers. */
class Entries {
  readonly documents = new Map<unknown, Document>()
  /** What happens to the next commands of a name: 'lost', or 'done' and not answered. */
  readonly faults: { readonly command: string; readonly is: 'lost' | 'done' }[] = []

  async #command<T>(name: string, work: () => T): Promise<T> {
    await Promise.resolve()
    const [fault] = this.faults
    if (fault?.command !== name) return work()
    this.faults.shift()
    if (fault.is === 'done') work()
    throw Object.assign(new Error('the connection is gone'), { name: 'MongoNetworkError' })
  }

  insertOne(document: Document): Promise<unknown> {
    return this.#command('insert', () => {
      if (this.documents.has(document._id)) throw Object.assign(new Error('dup'), { code: 11000 })
      this.documents.set(document._id, document)
    })
  }

  findOne({ _id }: Document): Promise<Document | null> {
    return this.#command('find', () => this.documents.get(_id) ?? null)
  }

  updateOne({ _id }: Document, { $set }: Document): Promise<{ matchedCount: number }> {
    return this.#command('update', () => {
      this.documents.set(_id, { ...this.documents.get(_id), ...($set as Document) })
      return { matchedCount: 1 }
    })
  }

  deleteMany({ _id }: Document): Promise<{ deletedCount: number }> {
    return this.#command('delete', () => ({ deletedCount: Number(this.documents.delete(_id)) }))
  }
}

function ledgerOn(entries: Entries): LoneLedger {
  const collection = entries as Partial<Collection> as Collection
  const database: Partial<Database> = { collection: () => collection }
  const context = {
    database,
    runtime: systemRuntime,
    statementTimeoutMs: 50,
    readOptions: {},
    writeOptions: {},
  } as Partial<MongoContext> as MongoContext
  return new LoneLedger(context)
}

const mutation = { id: 'm', actor: 'ann' }

function setUp() {
  const entries = new Entries()
  const ledger = ledgerOn(entries)
  let applied = 0
  const session = { hasChanged: false }
  const send = (on = ledger, by = mutation) =>
    on.once(by, session as SingleWrite, async () => {
      await Promise.resolve()
      return ++applied
    })
  return { entries, ledger, session, send, applied: () => applied }
}

describe('a mutation on a server without transactions', () => {
  it('happens once, however often it is sent, and at once', async () => {
    const { entries, send, applied } = setUp()
    const another = ledgerOn(entries)
    const sent = Array.from({ length: 20 }, (_, at) => send(at % 2 === 0 ? undefined : another))
    expect(await Promise.all(sent)).toEqual(sent.map(() => 1))
    expect(await send()).toBe(1)
    expect(applied()).toBe(1)
  })

  it('is nobody else’s', async () => {
    const { send } = setUp()
    await send()
    expect(await rejectedCode(() => send(undefined, { id: 'm', actor: 'bob' }))).toBe(
      'MutationIdTaken',
    )
  })

  it('may be sent again when it has failed', async () => {
    const { ledger, send, session } = setUp()
    const fail = () =>
      ledger.once(mutation, session as SingleWrite, () => Promise.reject(new Error('no')))
    await expect(fail()).rejects.toThrow('no')
    expect(await send()).toBe(1)
  })

  it.each(['lost', 'done'] as const)(
    'has not begun where its claim was %s, and may be sent again',
    async (is) => {
      const { entries, send, applied } = setUp()
      entries.faults.push({ command: 'insert', is })
      await expect(send()).rejects.toThrow('the connection is gone')
      expect(applied()).toBe(0)
      expect(await send()).toBe(1)
    },
  )

  it('is told from this process while its result cannot be recorded, and then from the database', async () => {
    const { entries, ledger, send, applied } = setUp()
    entries.faults.push({ command: 'update', is: 'lost' }, { command: 'update', is: 'lost' })
    expect(await send()).toBe(1)
    expect(await send()).toBe(1)
    await ledger.flush()
    expect(await send(ledgerOn(entries))).toBe(1)
    expect(applied()).toBe(1)
  })

  it('is not made again when nobody knows what became of it, even if that is not recorded', async () => {
    const { entries, ledger, session, send, applied } = setUp()
    const lose = () =>
      ledger.once(mutation, session as SingleWrite, () => Promise.reject(unknownOutcome(undefined)))
    entries.faults.push({ command: 'update', is: 'lost' }, { command: 'update', is: 'lost' })
    expect(await rejectedCode(lose)).toBe('UnknownOutcome')
    expect(await rejectedCode(() => send())).toBe('UnknownOutcome')
    expect(await rejectedCode(() => send())).toBe('UnknownOutcome')
    expect(await rejectedCode(() => send(ledgerOn(entries)))).toBe('UnknownOutcome')
    expect(applied()).toBe(0)
  })

  it('that failed behind its write is not made again', async () => {
    const { ledger, send, applied } = setUp()
    const session = { hasChanged: true } as SingleWrite
    const fail = () => ledger.once(mutation, session, () => Promise.reject(new Error('behind it')))
    expect(await rejectedCode(fail)).toBe('UnknownOutcome')
    expect(await rejectedCode(() => send())).toBe('UnknownOutcome')
    expect(applied()).toBe(0)
  })

  it('is given up when whoever began it does not end', async () => {
    const { entries, send, applied } = setUp()
    entries.documents.set('m', { _id: 'm', actor: 'ann', owner: 'a process that is gone' })
    expect(await rejectedCode(() => send())).toBe('UnknownOutcome')
    expect(applied()).toBe(0)
  })
})
