import type { CollectionDefinition } from '@wherry/core/schema'
import { equal } from '../lib/plain.ts'
import type { Call, WriteMethod } from '../operation.ts'
import type { Row } from '../outcome.ts'
import { drawWhere } from './filters.ts'
import { drawPatch } from './patches.ts'
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
      return [drawNewRow(scene, collection)]
    case 'insertMany':
      return [
        Array.from({ length: random.pick([0, 1, 2, 3, 3, 5]) }, () =>
          drawNewRow(scene, collection),
        ),
      ]
    case 'update':
      return drawUpdate(scene, collection)
    case 'delete':
      return withOptions(scene, collection, 'delete', [scene.key(collection)])
    case 'updateMany':
      return [
        {
          where: drawWhere(scene, collection, 'updateMany'),
          set: drawPatch(scene, collection, 'updateMany', anyRow(scene, collection)),
        },
      ]
    case 'deleteMany':
      return [{ where: drawWhere(scene, collection, 'deleteMany') }]
    case 'upsert':
      return [drawUpsert(scene, collection)]
  }
}

function drawUpdate(scene: Scene, collection: CollectionDefinition): unknown[] {
  const key = scene.key(collection)
  const row = rowWith(scene, collection, key)
  const args = [key, drawPatch(scene, collection, 'update', row)]
  return withOptions(scene, collection, 'update', args)
}

function rowWith(scene: Scene, collection: CollectionDefinition, key: unknown): Row | undefined {
  return scene.rowsOf(collection).find((row) => equal(keyOf(collection, row), key))
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
  const row = rowWith(scene, collection, args[0])
  const version = row !== undefined && random.chance(0.6) ? row[name] : random.pick([1, 2, 3, 0])
  return [...args, { ifVersion: version }]
}

export function countKey(scene: Scene, collection: CollectionDefinition, method: string): void {
  for (const { kind } of collection.key) scene.coverage.hit('key × kind × call', kind, method)
}

/** Mostly with a key that is not there yet. */
function drawNewRow(scene: Scene, collection: CollectionDefinition): Input {
  const rows = scene.rowsOf(collection)
  const isThere = (row: Input) =>
    rows.some((other) => collection.key.every(({ name }) => equal(other[name], row[name])))
  const row = drawRow(scene, collection)
  return isThere(row) && scene.random.chance(0.8) ? drawRow(scene, collection) : row
}

function drawRow(scene: Scene, collection: CollectionDefinition): Input {
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
  const row = random.chance(0.6) ? anyRow(scene, collection) : undefined
  if (row !== undefined) {
    for (const field of target) {
      if (field.managed === undefined) insert[field.name] = row[field.name]
    }
  }
  const on = random.shuffle(target.map(({ name }) => name))
  return { on, insert, update: drawPatch(scene, collection, 'upsert', row) }
}

function anyRow(scene: Scene, collection: CollectionDefinition): Row | undefined {
  const rows = scene.rowsOf(collection)
  return rows.length === 0 ? undefined : scene.random.pick(rows)
}
