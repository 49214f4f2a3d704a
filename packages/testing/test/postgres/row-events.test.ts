import { expect, it } from 'vitest'
import { describePostgres, newDatabase, open, stranger, until } from './support/postgres.ts'

describePostgres('on() of services on one PostgreSQL', (server) => {
  it('tells both what either of them and a stranger commit, that of each in its order', async () => {
    const url = await newDatabase(server)
    const services = [(await open(url)).data, (await open(url)).data]
    const client = await stranger(url)
    const heard = services.map((data) => {
      const told: string[] = []
      const { started } = data.on('notes:changed', ({ id, n }, { type }) => {
        told.push(`${type} ${id} ${n}`)
      })
      return { told, started }
    })
    for (const { started } of heard) await started
    const count = 100
    const write = async (data: (typeof services)[number], name: string) => {
      for (let n = 0; n < count; n++) {
        await data.notes.insert({ id: `${name}${n}`, n })
        if (n % 3 === 0) await data.notes.update(`${name}${n}`, { n: { increment: 1000 } })
      }
    }
    const strangeWrites = async () => {
      for (let n = 0; n < count; n++) {
        await client.query(`insert into notes (id, text, n, version) values ('s${n}', '', ${n}, 1)`)
        await client.query(`delete from notes where id = 's${n}'`)
      }
    }
    await Promise.all([write(services[0]!, 'a'), write(services[1]!, 'b'), strangeWrites()])
    const total = 2 * (count + 34) + 2 * count
    for (const { told } of heard) {
      await until(() => services[0]!.ping().then(() => told.length >= total))
      expect(new Set(told).size).toBe(total)
      expect(told).toHaveLength(total)
      // Of what is committed side by side either may come first.
      for (const writer of ['a', 'b', 's']) {
        const created = told.filter((each) => each.startsWith(`created ${writer}`))
        expect(created).toEqual(
          Array.from({ length: count }, (_, n) => `created ${writer}${n} ${n}`),
        )
      }
      for (let n = 0; n < count; n++) {
        expect(told.indexOf(`created s${n} ${n}`)).toBeLessThan(told.indexOf(`deleted s${n} ${n}`))
      }
    }
  })

  it('says that there is a gap after TRUNCATE', async () => {
    const url = await newDatabase(server)
    const { data } = await open(url)
    const client = await stranger(url)
    const said: string[] = []
    data.on('notes:gap', () => said.push('gap'))
    await data.on('notes:created', ({ id }) => said.push(id)).started
    await data.notes.insert({ id: 'a' })
    await until(() => data.ping().then(() => said.length === 1))
    await client.query('truncate notes')
    await until(() => data.ping().then(() => said.length === 2))
    await data.notes.insert({ id: 'b' })
    await until(() => data.ping().then(() => said.length === 3))
    expect(said).toEqual(['a', 'gap', 'b'])
  })
})
