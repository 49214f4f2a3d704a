import { collection, defineSchema, t, type AnySchema } from '@wherry/core/schema'

/** The stages that one application's schema goes through, for what `ensure` makes of them. */
const name = t.text({ maxLength: 191 })
const note = t.text().nullable()

export const first: AnySchema = defineSchema({
  items: collection({ id: t.id(), name, amount: t.int(), note }),
})

/** Everything that may be added to a database with rows in it. */
export const wider: AnySchema = defineSchema({
  items: collection({
    id: t.id(),
    name,
    amount: t.int(),
    note,
    color: t.text().nullable(),
    level: t.int().default(3),
    price: t.decimal(9, 2).default('1.50'),
    flag: t.boolean().default(true),
    flags: t.array(t.text()).default(['it’s', 'new']),
    config: t.json().default({ quote: "it's" }),
    since: t.timestamp().default(new Date('2020-01-01T00:00:00.000Z')),
    createdAt: t.createdAt(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  }).index('name', 'amount'),
  extras: collection({ id: t.id(), itemId: t.ref('items') }),
})

export const withRequired: AnySchema = defineSchema({
  items: collection({ id: t.id(), name, amount: t.int(), note, owner: t.text() }),
})

export const withMadeDefault: AnySchema = defineSchema({
  items: collection({ id: t.id(), name, amount: t.int(), note, owner: t.text().default(() => '') }),
})

export const withOtherKind: AnySchema = defineSchema({
  items: collection({ id: t.id(), name, amount: t.text(), note }),
})

export const withoutNull: AnySchema = defineSchema({
  items: collection({ id: t.id(), name, amount: t.int(), note: t.text() }),
})

export const withNull: AnySchema = defineSchema({
  items: collection({ id: t.id(), name, amount: t.int().nullable(), note }),
})

export const withUnique: AnySchema = defineSchema({
  items: collection({ id: t.id(), name, amount: t.int(), note }).unique('name'),
})

export const withIndex: AnySchema = defineSchema({
  items: collection({ id: t.id(), name, amount: t.int(), note }).index('amount', 'name'),
})

export const withOtherKey: AnySchema = defineSchema({
  items: collection({ id: t.id(), name, amount: t.int(), note }).key('name'),
})

/** An older program, which does not know of a field that may be null. */
export const withoutNote: AnySchema = defineSchema({
  items: collection({ id: t.id(), name, amount: t.int() }),
})

/** An older program, which does not know of a field that every row needs. */
export const withoutAmount: AnySchema = defineSchema({
  items: collection({ id: t.id(), name, note }),
})

/** Two collections whose indexes have the same name, if names are simply joined. */
export const alikeIndexes: AnySchema = defineSchema({
  a: collection({ id: t.id(), b: t.int(), c: t.int() }).index('b', 'c'),
  a_b: collection({ id: t.id(), c: t.int() }).index('c'),
})
