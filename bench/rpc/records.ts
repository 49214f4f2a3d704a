import { createDataService } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { collection, defineSchema, t } from '@wherry/core/schema'

/** Fields that JSON has itself, so that the record is the same 110 bytes whoever sends it. */
const schema = defineSchema({
  records: collection({
    id: t.id(),
    userId: t.text(),
    kind: t.text(),
    intensity: t.int(),
    note: t.text(),
  }),
})

const recordCount = 1_000

/** The key of the nth record; n may be any whole number. */
export function recordId(n: number): string {
  return `01890a5d-ac96-7000-8000-${String(n % recordCount).padStart(12, '0')}`
}

export function recordAt(n: number) {
  return {
    id: recordId(n),
    userId: `u${100 + (n % 900)}`,
    kind: n % 2 === 0 ? 'calm' : 'glad',
    intensity: n % 10,
    note: 'a long walk',
  }
}

export type StoredRecord = ReturnType<typeof recordAt>

export function allRecords(): StoredRecord[] {
  return Array.from({ length: recordCount }, (_, n) => recordAt(n))
}

/** The data service that subjects read from. */
export async function openRecords() {
  const data = createDataService({ schema, databases: [memory()] })
  await data.connect()
  // In a transaction, as servers that take writes have had one: what that leaves behind in the
  // process, such as dearer promises, is part of what is measured.
  await data.transaction(async (tx) => {
    await tx.records.insertMany(allRecords())
  })
  return data
}
