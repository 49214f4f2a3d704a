import { collection, defineSchema, t } from '@wherry/core/schema'

export const schema = defineSchema({
  notes: collection({ id: t.id(), text: t.text(), rank: t.int().default(0), version: t.version() }),
  all: collection({
    id: t.id(),
    text: t.text().nullable(),
    int: t.int().nullable(),
    bigint: t.bigint().nullable(),
    float: t.float().nullable(),
    decimal: t.decimal(8, 2).nullable(),
    boolean: t.boolean().nullable(),
    timestamp: t.timestamp().nullable(),
    date: t.date().nullable(),
    bytes: t.bytes().nullable(),
    kind: t.enum(['a', 'b']).nullable(),
    json: t.json().nullable(),
    times: t.array(t.timestamp()).nullable(),
  }),
  pairs: collection({ a: t.int(), b: t.text({ maxLength: 20 }), n: t.int() }).key('a', 'b'),
  marks: collection({ id: t.id(), of: t.ref('all').nullable(), at: t.timestamp().nullable() }),
}).relations((of) => ({
  all: { marks: of.all.hasMany('marks', 'of') },
  marks: { about: of.marks.belongsTo('all', 'of') },
}))

type S = typeof schema
export interface AppSchema extends S {}
