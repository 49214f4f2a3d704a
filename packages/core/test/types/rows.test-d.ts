import { expectTypeOf, test } from 'vitest'
import type { Json } from '../../src/lib/json.ts'
import type { InsertOf, KeyOf, RowOf, UpdateOf } from '../../src/schema/index.ts'
import { data, unnamed, type AppSchema, type schema } from './schema.ts'

interface Face {
  source: string
  score: number
  seen?: boolean | undefined
  parts: { name: 'eye' | 'mouth'; at: [number, number] }[]
  extra: Record<string, number>
}

interface Emotion {
  id: string
  userId: string
  kind: 'happy' | 'sad' | 'calm'
  level: number
  total: bigint | null
  ratio: number
  confidence: string
  active: boolean
  note: string | null
  seenAt: Date | null
  day: string
  photo: Uint8Array | null
  tags: string[]
  days: Date[] | null
  data: Face | null
  any: Json | null
  createdAt: Date
  updatedAt: Date
  version: number
}

test('a row has the value of every kind of field', async () => {
  expectTypeOf<RowOf<AppSchema, 'emotions'>>().branded.toEqualTypeOf<Emotion>()
  expectTypeOf(await data.emotions.find()).branded.toEqualTypeOf<Emotion[]>()
  expectTypeOf(await data.emotions.findOne()).branded.toEqualTypeOf<Emotion | null>()
  expectTypeOf(await data.emotions.get('id')).branded.toEqualTypeOf<Emotion>()
})

test('the type of the schema serves as well as an interface that extends it', async () => {
  expectTypeOf<RowOf<typeof schema, 'emotions'>>().branded.toEqualTypeOf<Emotion>()
  expectTypeOf(await unnamed.emotions.find()).branded.toEqualTypeOf<Emotion[]>()
  expectTypeOf(unnamed).toExtend<typeof data>()
  expectTypeOf(data).toExtend<typeof unnamed>()
})

test('an insert needs what has no default, and takes nothing that the service writes', () => {
  type Insert = InsertOf<AppSchema, 'emotions'>
  const least = { userId: 'u', kind: 'sad', level: 1, day: '2026-01-31', tags: [] } as const
  expectTypeOf(least).toExtend<Insert>()
  expectTypeOf<keyof Insert>().toEqualTypeOf<Exclude<keyof Emotion, 'updatedAt' | 'version'>>()
  expectTypeOf<Insert['ratio']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<Insert['note']>().toEqualTypeOf<string | null | undefined>()
  expectTypeOf<Insert['createdAt']>().toEqualTypeOf<Date | undefined>()
  expectTypeOf<Insert['tags']>().toEqualTypeOf<readonly string[]>()
  expectTypeOf<{}>().not.toExtend<Insert>()
})

test('an update takes values and increments, and neither the key nor what the service writes', () => {
  type Update = UpdateOf<AppSchema, 'emotions'>
  expectTypeOf<keyof Update>().toEqualTypeOf<
    Exclude<keyof Emotion, 'id' | 'createdAt' | 'updatedAt' | 'version'>
  >()
  expectTypeOf<{}>().toExtend<Update>()
  expectTypeOf<{ increment: number }>().toExtend<Update['level']>()
  expectTypeOf<{ increment: bigint }>().toExtend<Update['total']>()
  expectTypeOf<{ increment: string }>().toExtend<Update['confidence']>()
  expectTypeOf<{ increment: number }>().not.toExtend<Update['total']>()
  expectTypeOf<{ increment: string }>().not.toExtend<Update['note']>()
  expectTypeOf<keyof UpdateOf<AppSchema, 'members'>>().toEqualTypeOf<'share' | 'role'>()
  expectTypeOf<keyof UpdateOf<AppSchema, 'pages'>>().toEqualTypeOf<'body'>()
})

test('a key of one field is its value, of several an object', () => {
  expectTypeOf<KeyOf<AppSchema, 'emotions'>>().toEqualTypeOf<string>()
  expectTypeOf<KeyOf<AppSchema, 'pages'>>().toEqualTypeOf<string>()
  expectTypeOf<KeyOf<AppSchema, 'members'>>().toEqualTypeOf<{
    readonly teamId: string
    readonly rank: number
  }>()
})

test('names that are known only at run time reach a collection too', async () => {
  expectTypeOf(data.collection('users')).toEqualTypeOf<typeof data.users>()
  const name = 'users' as 'users' | 'pages'
  data.collection(name)
  // @ts-expect-error there is no such collection
  data.collection('user')
})
