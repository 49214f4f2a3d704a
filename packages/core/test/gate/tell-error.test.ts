import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/errors/codes.ts'
import { WherryError } from '../../src/errors/wherry-error.ts'
import { tellError } from '../../src/gate/tell-error.ts'
import { schema } from './services.ts'

const notes = schema.definition.collections.get('notes')!
const secret = "select * from notes where token = 'hush' in /srv/app/data.db"

describe('what a client is told of a failure', () => {
  it.each<[string, unknown]>([
    ['an error of ours that is none of Wherry’s', new Error(secret)],
    ['an error that only looks like ours', Object.assign(new Error(secret), { code: 'NotFound' })],
    [
      'something that looks like one of Wherry’s',
      { '~wherry': 'error', code: 'NotFound', message: secret },
    ],
    ['a text', secret],
    ['nothing', undefined],
  ])('says nothing of %s', (_, error) => {
    const told = tellError(error, notes)
    expect(told.code).toBe('Internal')
    expect(JSON.stringify(told)).not.toContain('hush')
    expect(told).not.toHaveProperty('details')
  })

  it('is the code, the message and the details, and neither cause nor stack', () => {
    const details = {
      collection: 'notes',
      fields: ['title'],
      row: 2,
      outcome: 'not-applied',
    } as const
    const error = new WherryError('UniqueViolation', 'taken', details, new Error(secret))
    expect(tellError(error, notes)).toEqual({ code: 'UniqueViolation', message: 'taken', details })
    expect(tellError(new WherryError('NotFound', 'gone'), notes)).toEqual({
      code: 'NotFound',
      message: 'gone',
    })
  })

  it('has the row of a conflict in the row codec, and none of a collection that nobody named', () => {
    const current = { id: 'n1', total: 5n, at: new Date(0), photo: Uint8Array.of(255), version: 2 }
    const error = new WherryError('VersionConflict', 'changed', { collection: 'notes', current })
    expect(tellError(error, notes).details).toEqual({
      collection: 'notes',
      current: { id: 'n1', total: '5', at: '1970-01-01T00:00:00.000Z', photo: 'ff', version: 2 },
    })
    expect(tellError(error, undefined).details).toEqual({ collection: 'notes' })
  })

  it.each<ErrorCode>([
    'CorruptValue',
    'DatabaseCorrupt',
    'DatabaseMissing',
    'DatabaseReadOnly',
    'DatabaseUnavailable',
    'Internal',
    'LockTimeout',
    'SchemaMismatch',
    'UnknownOutcome',
  ])('does not say where the database lies, and what it was asked: %s', (code) => {
    const details = { collection: 'notes', outcome: 'unknown', problems: [secret] } as const
    const told = tellError(new WherryError(code, secret, details), notes)
    expect(told.code).toBe(code)
    expect(JSON.stringify(told)).not.toMatch(/hush|srv/)
    expect(told.details).toEqual({ collection: 'notes', outcome: 'unknown' })
  })
})
