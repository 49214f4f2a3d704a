import { createDataService } from '@wherry/core'
import { postgres } from '@wherry/core/postgres'
import { expect, it, onTestFinished } from 'vitest'
import { schema } from './support/schema.ts'
import { describePostgres, newDatabase, stranger, until } from './support/postgres.ts'

async function open(url: string) {
  const data = createDataService({ schema, databases: [postgres({ url })], channels: {} })
  await data.connect()
  onTestFinished(() => data.close())
  return data
}

describePostgres('channels of two servers on one PostgreSQL', (server) => {
  it('tell each message once, those of each publisher in their order', async () => {
    const url = await newDatabase(server)
    const services = [await open(url), await open(url)]
    const heard = services.map((data) => {
      const told: unknown[] = []
      const { started } = data.channel('room').on('said', (payload) => told.push(payload))
      return { told, started }
    })
    for (const { started } of heard) await started
    const count = 100
    await Promise.all(
      services.map(async (data, writer) => {
        for (let n = 0; n < count; n++) {
          const publish = data.transaction(async (tx) => {
            await tx.notes.insert({ n })
            await tx.channel('room').publish('said', [writer, n])
            if (n % 10 === 5) throw new Error('no')
          })
          await publish.catch((error: Error) => expect(error.message).toBe('no'))
        }
      }),
    )
    for (const { told } of heard) {
      await until(() => services[0]!.ping().then(() => told.length >= 2 * (count - 10)))
      for (const writer of [0, 1]) {
        const expected = Array.from({ length: count }, (_, n) => [writer, n])
        expect((told as number[][]).filter(([each]) => each === writer)).toEqual(
          expected.filter(([, n]) => n! % 10 !== 5),
        )
      }
    }
  })

  it('keep who is there in a table that others let go', async () => {
    const url = await newDatabase(server)
    const [here, there] = [await open(url), await open(url)]
    const left: unknown[] = []
    await here.channel('room').presence.on('leave', ({ meta }) => left.push(meta)).started
    await there.channel('room').presence.enter('there')
    await until(async () => (await here.channel('room').presence.members()).length === 1)
    await there.close()
    await until(() => here.ping().then(() => left.length === 1))
    expect(left).toEqual(['there'])
    const client = await stranger(url)
    const rows = await client.query('select count(*)::int as n from wherry_leases')
    expect(rows).toEqual([{ n: 0 }])
  })
})
