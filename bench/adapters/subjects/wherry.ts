import { createDataService, type Adapter } from '@wherry/core'
import { schema } from '../schema.ts'
import type { Subject } from '../subject.ts'
import { rangeSize, type Workload } from '../workload.ts'

/** The data service by its public API. Makes the tables, which all subjects then work with. */
export async function openWherry(
  adapter: Adapter,
): Promise<Subject & { fill(load: Workload): Promise<void> }> {
  const data = createDataService({ schema, databases: [adapter] })
  await data.connect()
  const { emotions } = data
  return {
    name: 'wherry',
    point: (id) => emotions.findOne({ where: { id } }),
    range100: (userId) =>
      emotions.find({
        where: { userId },
        orderBy: { createdAt: 'desc' },
        limit: rangeSize,
      }),
    insert: (input) => emotions.insert(input),
    batch100: (inputs) => emotions.insertMany(inputs),
    update: (id, patch) => emotions.update(id, patch),
    close: () => data.close(),
    async fill({ users, rows }) {
      await data.users.insertMany(users)
      await emotions.insertMany(rows)
    },
  }
}
