import type { CollectionDefinition, FieldDefinition } from '@wherry/core/schema'
import type { Call, WriteMethod } from '../operation.ts'
import { drawWhere } from './filters.ts'
import { summedKinds } from './grammar.ts'
import { keyOf, type Scene } from './scene.ts'

type Input = Record<string, unknown>

/** Draws a write to a collection, with the arguments that its method takes. */
export function drawWrite(
  scene: Scene,
  collection: CollectionDefinition,
  method: WriteMethod,
): Call {
  return { call: method, on: collection.name, args: drawArguments(scene, collection, method) }
}

function drawArguments(
  scene: Scene,
  collection: CollectionDefinition,
  method: WriteMethod,
): unknown[] {
  const { random } = scene
  switch (method) {
    case 'insert':
      return [drawRow(scene, collection)]
    case 'insertMany':
      return [
        Array.from({ length: random.pick([0, 1, 2, 3, 3, 5]) }, () => drawRow(scene, collection)),
      ]
    case 'update':
      return withOptions(scene, collection, 'update', [
        scene.key(collection),
        drawPatch(scene, collection, 'update'),
      ])
    case 'delete':
      return withOptions(scene, collection, 'delete', [scene.key(collection)])
    case 'updateMany':
      return [
        {
          where: drawWhere(scene, collection, 'updateMany'),
          set: drawPatch(scene, collection, 'updateMany'),
        },
      ]
    case 'deleteMany':
      return [{ where: drawWhere(scene, collection, 'deleteMany') }]
    case 'upsert':
      return [drawUpsert(scene, collection)]
  }
}

/** Mostly the version that the row has. */
function withOptions(
  scene: Scene,
  collection: CollectionDefinition,
  method: string,
  args: unknown[],
): unknown[] {
  const { random } = scene
  countKey(scene, collection, method)
  if (collection.version === undefined || !random.chance(0.4)) return args
  const { name } = collection.version
  const [key] = args
  const row = scene
    .rowsOf(collection)
    .find((each) => JSON.stringify(plain(keyOf(collection, each))) === JSON.stringify(plain(key)))
  const version = row !== undefined && random.chance(0.6) ? row[name] : random.pick([1, 2, 3, 0])
  return [...args, { ifVersion: version }]
}

/** Keys may be bigints, which JSON does not know. */
function plain(key: unknown): unknown {
  if (typeof key !== 'object' || key === null || key instanceof Date) return String(key)
  return Object.values(key).map(String)
}

export function countKey(scene: Scene, collection: CollectionDefinition, method: string): void {
  for (const { kind } of collection.key) scene.coverage.hit('key × kind × call', kind, method)
}

export function drawRow(scene: Scene, collection: CollectionDefinition): Input {
  const { random } = scene
  const row: Input = {}
  for (const field of collection.fieldList) {
    if (field.managed !== undefined) {
      if (field.managed === 'createdAt' && random.chance(0.2)) {
        row[field.name] = random.pick(scene.poolOf(field))
      }
      continue
    }
    const isGenerated =
      field.kind === 'id' && field.ref === undefined && collection.key.includes(field)
    const mayBeAbsent = isGenerated || field.nullable || field.defaultValue !== undefined
    if (mayBeAbsent && random.chance(0.1)) continue
    row[field.name] = scene.fieldValue(field)
  }
  return row
}

export function drawPatch(scene: Scene, collection: CollectionDefinition, method: string): Input {
  const { random, coverage } = scene
  const fields = collection.fieldList.filter(
    (field) => field.managed === undefined && !collection.key.includes(field),
  )
  const candidates = fields.flatMap((field) => [
    { field, operation: 'set' },
    ...(field.nullable ? [{ field, operation: 'null' }] : []),
    ...(summedKinds.includes(field.kind) ? [{ field, operation: 'increment' }] : []),
  ])
  const patch: Input = {}
  if (candidates.length === 0) return patch
  for (let left = random.pick([1, 1, 2, 3]); left > 0; left--) {
    const { field, operation } = coverage.favour(
      random,
      candidates,
      'assignment × kind × write',
      (each) => [each.operation, each.field.kind, method],
    )
    if (method === 'updateMany' && operation === 'increment' && isUnique(collection, field))
      continue
    coverage.hit('assignment × kind × write', operation, field.kind, method)
    patch[field.name] = assigned(scene, field, operation)
  }
  return patch
}

function assigned(scene: Scene, field: FieldDefinition, operation: string): unknown {
  if (operation === 'null') return null
  if (operation === 'set') return scene.fieldValue(field)
  return { increment: scene.random.pick(scene.poolOf(field)) }
}

function isUnique(collection: CollectionDefinition, field: FieldDefinition): boolean {
  return collection.indexes.some(({ unique, fields }) => unique && fields.includes(field))
}

/** Half of the time the values of a row that is there. */
function drawUpsert(scene: Scene, collection: CollectionDefinition): Input {
  const { random } = scene
  const targets = [
    collection.key,
    ...collection.indexes.filter(({ unique }) => unique).map(({ fields }) => fields),
  ]
  const target = random.pick(targets)
  if (target === collection.key) countKey(scene, collection, 'upsert')
  const insert = drawRow(scene, collection)
  const rows = scene.rowsOf(collection)
  if (rows.length > 0 && random.chance(0.6)) {
    const row = random.pick(rows)
    for (const field of target) {
      if (field.managed === undefined) insert[field.name] = row[field.name]
    }
  }
  const on = random.shuffle(target.map(({ name }) => name))
  return { on, insert, update: drawPatch(scene, collection, 'upsert') }
}
