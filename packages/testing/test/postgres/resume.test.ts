import { createDataService } from '@wherry/core'
import { postgres } from '@wherry/core/postgres'
import { expect, it } from 'vitest'
import { schema, World } from '../resume/world.ts'
import { describePostgres, newDatabase } from './support/postgres.ts'

const seed = Number(process.env.WHERRY_SEED ?? 20_261_129)

describePostgres('a client whose connection is cut, held and moved', (server) => {
  it(`shows what is in PostgreSQL, by steps without gap or repeat (seed ${seed})`, async () => {
    const url = await newDatabase(server)
    const open = async () => {
      const data = createDataService({ schema, databases: [postgres({ url })] })
      await data.connect()
      return data
    }
    const world = await World.create(open, 2, seed)
    for (let round = 0; round < 3; round++) {
      await world.run(80)
      await world.settle()
    }
    for (const [trouble, times] of Object.entries(world.troubles)) {
      expect([trouble, times > 0]).toEqual([trouble, true])
    }
    await world.close()
  })
})
