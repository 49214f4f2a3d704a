import { z } from 'zod'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import type { DataService } from '../../src/service/types.ts'

const face = z.object({
  source: z.string(),
  score: z.number(),
  seen: z.boolean().optional(),
  parts: z.array(
    z.object({ name: z.enum(['eye', 'mouth']), at: z.tuple([z.number(), z.string()]) }),
  ),
  extra: z.record(z.string(), z.number()),
})

/** Every kind of field once, for the tests of this folder. */
export const schema = defineSchema({
  users: collection({
    id: t.id(),
    email: t.text({ maxLength: 191 }),
    age: t.int().nullable(),
  }).unique('email'),
  emotions: collection({
    id: t.id(),
    userId: t.ref('users'),
    kind: t.enum(['happy', 'sad', 'calm']),
    level: t.int(),
    total: t.bigint().nullable(),
    ratio: t.float().default(0.5),
    confidence: t.decimal(5, 2).default('0.00'),
    active: t.boolean().default(() => true),
    note: t.text().nullable(),
    seenAt: t.timestamp().nullable(),
    day: t.date(),
    photo: t.bytes().nullable(),
    tags: t.array(t.text()),
    days: t.array(t.timestamp()).nullable(),
    data: t.json(face).nullable(),
    any: t.json().nullable(),
    createdAt: t.createdAt(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  }).index('userId', 'createdAt'),
  members: collection({
    teamId: t.ref('users'),
    rank: t.int(),
    share: t.decimal(5, 2).check(z.string()).nullable(),
    role: t.text(),
  }).key('teamId', 'rank'),
  pages: collection({ slug: t.text({ maxLength: 50 }), body: t.text() }).key('slug'),
}).relations((of) => ({
  users: { emotions: of.users.hasMany('emotions', 'userId') },
  emotions: { user: of.emotions.belongsTo('users', 'userId') },
}))

type S = typeof schema
export interface AppSchema extends S {}

export declare const data: DataService<AppSchema>
/** The same by the schema's own type, without a name of its own. */
export declare const unnamed: DataService<typeof schema>
