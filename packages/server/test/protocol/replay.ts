import { expect, onTestFinished } from 'vitest'
import { createDataService, type Adapter, type DataService } from '@wherry/core'
import { Gate } from '@wherry/core/gate'
import type { Down, Up } from '@wherry/core/protocol'
import type { Json } from '@wherry/core/schema'
import { createGateway, type Gateway } from '../../src/index.ts'
import { schema } from '../../../core/test/protocol/notes.ts'
import type { Scenario, Step } from '../../../core/test/protocol/pages.ts'
import { FakeRuntime } from '../../../core/test/support/fake-runtime.ts'
import { quiet, TestClient } from '../support/test-client.ts'
import { Names } from './names.ts'
import { Outage } from './outage.ts'

/** Whoever has failed to read a database tries again within this time. */
const retryMs = 5_000

/** Has a conversation with a gateway. Throws where anything else is said than it says. */
export async function replay({ rows, steps }: Scenario, adapter: Adapter): Promise<void> {
  const stage = new Stage(adapter)
  await stage.begin(rows)
  for (const [index, step] of steps.entries()) {
    try {
      await stage.take(step)
    } catch (cause) {
      throw new Error(`step ${index}, ${JSON.stringify(step).slice(0, 200)}`, { cause })
    }
  }
  await stage.end()
}

/** A gateway in time that stands still, and who speaks with it. */
class Stage {
  readonly #names = new Names()
  readonly #clients = new Map<string, TestClient>()
  readonly #runtime = new FakeRuntime()
  readonly #errors: unknown[] = []
  readonly #outage: Outage
  readonly #data: DataService<typeof schema>
  readonly #gateway: Gateway
  #writes = 0

  constructor(base: Adapter) {
    this.#outage = new Outage(base)
    const { adapter } = this.#outage
    const runtime = this.#runtime
    this.#data = createDataService({ schema, databases: [adapter], channels: {}, runtime })
    const onError = (error: unknown) => void this.#errors.push(error)
    const channels = { allow: (_: string, name: string) => name !== 'closed' }
    this.#gateway = createGateway({ data: this.#data, policies: 'open', channels, onError })
    onTestFinished(async () => {
      await runtime.drive(this.#gateway.stop())
      await this.#data.close()
    })
  }

  async begin(collections: Scenario['rows']): Promise<void> {
    await this.#data.connect()
    for (const [collection, rows] of Object.entries(collections)) {
      await this.#write({ collection, method: 'insertMany', args: [[...rows]] })
    }
  }

  async take(step: Step): Promise<void> {
    if (step.up) this.#client(step).say(...(this.#names.resolve(step.up) as Up[]))
    if (step.upText !== undefined) this.#client(step).sayText(step.upText)
    if (step.down) await this.#hear(this.#client(step), step.down, step.anyOrder)
    if (step.close !== undefined) await this.#part(step)
    if (step.cut) this.#client(step).leave()
    if (step.write) await this.#write(step.write)
    if (step.wait !== undefined) await this.#runtime.advance(step.wait * 1_000)
    if (step.database === 'away') this.#outage.begin()
    if (step.database === 'back') {
      this.#outage.end()
      await this.#runtime.advance(retryMs)
    }
    if (step.stop) void this.#gateway.stop()
    // What comes although it should not is not what the next step waits for, or is left at the end.
    if (step.quiet) await quiet()
  }

  /** Nothing was said, nobody was closed, and nothing failed, but what had to be. */
  async end(): Promise<void> {
    await quiet()
    for (const { heard, closed } of this.#clients.values()) {
      expect({ heard, closed }).toEqual({ heard: [], closed: undefined })
    }
    const { message } = this.#outage.error
    expect(this.#errors.filter((error) => (error as Error).message !== message)).toEqual([])
  }

  #client({ on = 'A' }: Step): TestClient {
    let client = this.#clients.get(on)
    if (client === undefined) this.#clients.set(on, (client = new TestClient(this.#gateway)))
    return client
  }

  async #hear(client: TestClient, wanted: readonly Json[], anyOrder = false): Promise<void> {
    const heard: Down[] = []
    while (heard.length < wanted.length) heard.push(await client.hearWhere(() => true))
    const ordered = anyOrder ? inOrderOf(wanted, heard) : heard
    expect(ordered).toStrictEqual(this.#names.resolve(wanted, ordered))
  }

  async #part({ on = 'A', close }: Step): Promise<void> {
    const client = this.#client({ on })
    const { code } = await client.ended()
    expect({ code, heard: client.heard }).toEqual({ code: close, heard: [] })
    this.#clients.delete(on)
  }

  async #write({ collection, method, args }: NonNullable<Step['write']>): Promise<void> {
    const call = { collection, method, args: this.#names.resolve(args) }
    const gate = new Gate(this.#data)
    await gate.mutate(`written-${++this.#writes}`, call as Parameters<Gate['mutate']>[1])
  }
}

/** What was heard, in the order in which it is wanted, as far as it is. */
function inOrderOf(wanted: readonly Json[], heard: readonly Down[]): unknown[] {
  const rest = [...heard]
  const ordered = (wanted as unknown as readonly Down[]).flatMap(({ type, ...parts }) => {
    const id = 'id' in parts ? parts.id : undefined
    const at = rest.findIndex((each) => each.type === type && (!('id' in each) || each.id === id))
    return at < 0 ? [] : rest.splice(at, 1)
  })
  return [...ordered, ...rest]
}
