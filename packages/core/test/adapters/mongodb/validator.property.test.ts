import * as fc from 'fast-check'
import { BSON } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { asStored, bsonTypeOf } from '../../../src/adapters/mongodb/bson-types.ts'
import { DocumentCode } from '../../../src/adapters/mongodb/documents.ts'
import { loadDriver, type Document } from '../../../src/adapters/mongodb/driver.ts'
import {
  makeValidator,
  readDeclaration,
  type JsonSchema,
} from '../../../src/adapters/mongodb/validator.ts'
import { kindName } from '../../../src/adapters/sql/kind-name.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { check } from '../../support/check.ts'
import { anyThing, things } from '../../support/things.ts'

const parts = defineSchema({
  parts: collection({
    team: t.id(),
    at: t.createdAt(),
    price: t.decimal(5, 2),
    version: t.version(),
  }).key('team', 'at'),
}).definition.collections.get('parts')!

const code = new DocumentCode(await loadDriver())

/** Whether a value passes, by what MongoDB's manual says of the keywords that are used. */
function passes(value: unknown, { bsonType, required, properties, items }: JsonSchema): boolean {
  const types = [bsonType ?? []].flat()
  if (types.length > 0 && !types.includes(bsonTypeOf(value))) return false
  if (Array.isArray(value)) return items === undefined || value.every((each) => passes(each, items))
  if (bsonTypeOf(value) !== 'object') return true
  const document = value as Document
  return (
    (required ?? []).every((name) => name in document) &&
    Object.entries(properties ?? {}).every(
      ([name, schema]) => !(name in document) || passes(document[name], schema),
    )
  )
}

const stored = (document: object) => BSON.deserialize(BSON.serialize(document), asStored)

describe('a validator', () => {
  it('takes every document that a row is stored as, and none without a field that is needed', () => {
    const validator = makeValidator(things)
    check(
      fc.property(anyThing, (row) => {
        const document = stored(code.toDocument(things, row))
        expect(passes(document, validator)).toBe(true)
        for (const name of ['_id', 'name', 'count']) {
          const { [name]: _, ...others } = document
          expect(passes(others, validator)).toBe(false)
        }
      }),
    )
  })

  it('says of each field what the schema does', () => {
    for (const each of [things, parts]) {
      const { primaryKey, columns } = readDeclaration(makeValidator(each))!
      expect(primaryKey).toEqual(each.key.map(({ column }) => column))
      expect(columns.size).toBe(each.fieldList.length)
      for (const { column, managed, nullable, ...type } of each.fieldList) {
        const expected = { kind: kindName(type), ...(managed && { managed }), nullable }
        expect(columns.get(column)).toMatchObject(expected)
      }
    }
  })

  it('is told from one of others', () => {
    const { title: _, ...others } = makeValidator(things)
    expect(readDeclaration(others)).toBeUndefined()
    expect(readDeclaration(undefined)).toBeUndefined()
  })
})
