import { collection, defineSchema, t, type AnySchema } from '@wherry/core/schema'

/** One collection with the fields that most applications have. */
export const notes: AnySchema = defineSchema({
  notes: collection({
    id: t.id(),
    title: t.text(),
    body: t.text().nullable(),
    rank: t.int().nullable(),
    done: t.boolean().default(false),
    tags: t.array(t.text()).nullable(),
    data: t.json().nullable(),
    createdAt: t.createdAt(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  }).index('rank'),
})

/** One nullable field of each kind, named after it. */
export const samples: AnySchema = defineSchema({
  samples: collection({
    id: t.id(),
    text: t.text().nullable(),
    int: t.int().nullable(),
    bigint: t.bigint().nullable(),
    float: t.float().nullable(),
    decimal: t.decimal(9, 2).nullable(),
    boolean: t.boolean().nullable(),
    timestamp: t.timestamp().nullable(),
    date: t.date().nullable(),
    bytes: t.bytes().nullable(),
    enum: t.enum(['red', 'green', 'blue']).nullable(),
    json: t.json().nullable(),
    array: t.array(t.text()).nullable(),
  }),
})

/** Required fields of each kind, for what may never be null. */
export const required: AnySchema = defineSchema({
  facts: collection({
    id: t.id(),
    text: t.text({ maxLength: 5 }),
    int: t.int(),
    boolean: t.boolean(),
    timestamp: t.timestamp(),
    json: t.json(),
    array: t.array(t.int()),
  }),
})

/** Numbers at their limits. */
export const numbers: AnySchema = defineSchema({
  numbers: collection({
    id: t.id(),
    int: t.int().nullable(),
    bigint: t.bigint().nullable(),
    float: t.float().nullable(),
    price: t.decimal(5, 2).nullable(),
    wide: t.decimal(18, 4).nullable(),
    whole: t.decimal(18, 0).nullable(),
    fraction: t.decimal(18, 18).nullable(),
  }),
})

/** Arrays of each kind that an array may hold. */
export const lists: AnySchema = defineSchema({
  lists: collection({
    id: t.id(),
    texts: t.array(t.text()).nullable(),
    ints: t.array(t.int()).nullable(),
    bigints: t.array(t.bigint()).nullable(),
    floats: t.array(t.float()).nullable(),
    decimals: t.array(t.decimal(9, 2)).nullable(),
    booleans: t.array(t.boolean()).nullable(),
    timestamps: t.array(t.timestamp()).nullable(),
    dates: t.array(t.date()).nullable(),
    blobs: t.array(t.bytes()).nullable(),
    colors: t.array(t.enum(['red', 'green', 'blue'])).nullable(),
  }),
})

/** Fields with defaults, and with checks of the host's own. */
export const defaults: AnySchema = defineSchema({
  settings: collection({
    id: t.id(),
    size: t.int().default(10),
    label: t.text().nullable().default('none'),
    ratio: t.decimal(5, 2).default('0.50'),
    since: t.date().default('2020-02-29'),
    flags: t.array(t.text()).default(() => ['new']),
    /** Once through the check, like a value that is given. */
    rank: t
      .int()
      .check(standardSchema((value: number) => value + 1))
      .default(0),
    config: t.json().default({ theme: 'dark', sizes: [1, 2] }),
    even: t
      .int()
      .nullable()
      .check(standardSchema((value: number) => (value % 2 === 0 ? value : undefined))),
    code: t
      .text()
      .nullable()
      .check(standardSchema((value: string) => value.trim())),
  }),
})

/** A Standard Schema of one rule, which needs no library: undefined refuses the value. */
function standardSchema<T>(rule: (value: T) => T | undefined) {
  return {
    '~standard': {
      version: 1 as const,
      vendor: 'wherry',
      validate: (given: unknown) => {
        const value = rule(given as T)
        return value === undefined ? { issues: [{ message: 'is against the rule' }] } : { value }
      },
    },
  }
}
