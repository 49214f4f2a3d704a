import { createDataService, type Adapter, type DataService } from '@wherry/core'
import type { AnySchema } from '@wherry/core/schema'
import { createGateway, type Gateway } from '@wherry/server'
import { schema } from './schema.ts'
import { FrameSession } from './session.ts'

/** A gateway, somebody honest, and failures that nobody was told of. */
export class World {
  readonly gateway: Gateway
  readonly untold: unknown[]
  readonly #data: DataService<AnySchema>
  readonly #honest: FrameSession
  #written = 0

  constructor(gateway: Gateway, data: DataService<AnySchema>, untold: unknown[]) {
    this.gateway = gateway
    this.untold = untold
    this.#data = data
    this.#honest = new FrameSession(gateway)
  }

  /** Throws when the honest session is not served as if it were alone. */
  async checkHonest(): Promise<void> {
    if (this.#written === 0) {
      const query = '"type":"subscribe","id":0,"collection":"honest","query":{}'
      await this.#honest.say(`[{"type":"hello","version":1},{${query}}]`)
    }
    const n = ++this.#written
    const call = '"collection":"honest","method"'
    const heard = await this.#honest.say(
      `[{"type":"mutate","id":1,"mutationId":"honest-${n}",${call}:"insert","args":[{"id":"${n}","n":${n}}]},` +
        `{"type":"request","id":2,${call}:"get","args":["${n}"]},` +
        `{"type":"request","id":3,${call}:"count","args":[]}]`,
    )
    const text = JSON.stringify(heard)
    const row = `{"id":"${n}","n":${n}}`
    const isRight =
      text.includes(`{"type":"answer","id":1,"value":${row}}`) &&
      text.includes(`{"type":"answer","id":2,"value":${row}`) &&
      text.includes(`{"type":"answer","id":3,"value":${n},`) &&
      (n === 1 || text.includes(`"changes":[["put",${row}]]`))
    if (!isRight) throw new Error(`the honest session heard ${text.slice(0, 1_000)}`)
  }

  async close(): Promise<void> {
    await this.gateway.stop({ graceMs: 0 })
    await this.#data.close()
  }
}

export async function createWorld(adapter: Adapter): Promise<World> {
  const data = createDataService({ schema, databases: [adapter] })
  await data.connect()
  const untold: unknown[] = []
  const gateway = createGateway({
    data,
    policies: 'open',
    onError: (error) => void untold.push(error),
  })
  return new World(gateway, data, untold)
}
