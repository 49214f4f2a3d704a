import { complete } from '../rows.ts'
import type { Subject } from '../subject.ts'
import { rangeSize } from '../workload.ts'
import { changes, fromStored, toStored } from './columns.ts'
import { connect, writeConcern } from './driver.ts'

/** The official driver as it is used well by hand: documents mapped by plain code. */
export async function openRaw(url: string): Promise<Subject> {
  const { client, emotions } = await connect(url)
  return {
    name: 'raw',
    async point(id) {
      const stored = await emotions.findOne({ _id: id })
      return stored === null ? null : fromStored(stored)
    },
    async range100(userId) {
      const newestFirst = { created_at: -1, _id: 1 } as const
      const options = { sort: newestFirst, limit: rangeSize }
      const stored = await emotions.find({ user_id: userId }, options).toArray()
      return stored.map(fromStored)
    },
    async insert(input) {
      const row = complete(input)
      await emotions.insertOne(toStored(row), { writeConcern })
      return row
    },
    async batch100(inputs) {
      const rows = inputs.map(complete)
      await emotions.insertMany(rows.map(toStored), { writeConcern })
      return rows
    },
    async update(id, patch) {
      const options = { returnDocument: 'after', writeConcern } as const
      return fromStored((await emotions.findOneAndUpdate({ _id: id }, changes(patch), options))!)
    },
    close: () => client.close(),
  }
}
