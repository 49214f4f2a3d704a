import {
  MongoBulkWriteError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoNotConnectedError,
  MongoParseError,
  MongoRuntimeError,
  MongoServerError,
  MongoServerSelectionError,
  MongoWriteConcernError,
} from 'mongodb'
import { describe, expect, it } from 'vitest'
import { isDuplicate, toWherryError } from '../../../src/adapters/mongodb/errors.ts'
import type { ErrorCode } from '../../../src/errors/codes.ts'
import { WherryError } from '../../../src/errors/wherry-error.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { Misfit } from '../../../src/schema/misfit.ts'

const { definition } = defineSchema({ notes: collection({ id: t.id(), n: t.int() }) })
const notes = definition.collections.get('notes')!

const serverError = (code: number, errmsg = 'said so', errorLabels: string[] = []) =>
  new MongoServerError({ ok: 0, code, errmsg, message: errmsg, errorLabels })

const ofRead = (error: unknown) => toWherryError(error, notes)
const ofWrite = (error: unknown) => toWherryError(error, notes, true)

describe('what the server refuses', () => {
  it.each<[code: number, as: ErrorCode]>([
    [2, 'Unsupported'],
    [13, 'DatabaseReadOnly'],
    [14, 'CorruptValue'],
    [24, 'LockTimeout'],
    [26, 'SchemaMismatch'],
    [50, 'Timeout'],
    [52, 'Unsupported'],
    [73, 'InvalidOptions'],
    [112, 'SerializationFailure'],
    [121, 'CheckViolation'],
    [189, 'DatabaseUnavailable'],
    [238, 'Unsupported'],
    [251, 'SerializationFailure'],
    [262, 'Timeout'],
    [10_107, 'DatabaseUnavailable'],
    [10_334, 'TooLarge'],
    [11_601, 'Timeout'],
    [13_435, 'DatabaseUnavailable'],
    [17_280, 'TooLarge'],
    [17_419, 'TooLarge'],
  ])('with code %i is %s, and changes nothing', (code, as) => {
    expect(ofRead(serverError(code)).code).toBe(as)
    const error = ofWrite(serverError(code))
    expect(error).toMatchObject({ code: as, details: { outcome: 'not-applied' } })
    expect(error.message).toContain('said so')
  })

  it.each([6, 7, 8, 43, 64, 89, 91, 134, 9001, 11_600, 11_602])(
    'with code %i while it ends leaves it open what became of a write',
    (code) => {
      expect(ofRead(serverError(code)).code).toBe('DatabaseUnavailable')
      const details = { outcome: 'unknown' }
      expect(ofWrite(serverError(code))).toMatchObject({ code: 'UnknownOutcome', details })
    },
  )

  it.each([18, 8_000])('with code %i is a wrong password', (code) => {
    const error = toWherryError(serverError(code, 'Authentication failed.'))
    expect(error).toMatchObject({ code: 'ConnectionRefused', retryable: false })
  })

  it('tells an increment that leaves its range from what cannot be stored', () => {
    const beyond = serverError(2, 'Failed to apply $inc operations to current value')
    expect(ofWrite(beyond)).toMatchObject({
      code: 'OutOfRange',
      details: { collection: 'notes', outcome: 'not-applied' },
    })
    const dotted = ofWrite(serverError(2, 'invalid key: "a.b"'))
    expect(dotted).toMatchObject({ code: 'Unsupported', details: { collection: 'notes' } })
  })

  it('knows duplicates by what both servers say of them', () => {
    expect(isDuplicate(serverError(11_000, 'E11000 duplicate key error'))).toBe(true)
    const trace = '[sqlite] constraint failed: UNIQUE constraint failed: notes._ferretdb_sjson'
    expect(isDuplicate(serverError(1, trace))).toBe(true)
    expect(isDuplicate(serverError(1, 'another'))).toBe(false)
    expect(isDuplicate(serverError(2, trace))).toBe(false)
    expect(isDuplicate(undefined)).toBe(false)
  })

  it('in a transaction that may be run again is SerializationFailure, whatever its code', () => {
    for (const code of [112, 246, 251, 24, 91, 11_602]) {
      const error = ofWrite(serverError(code, 'no', ['TransientTransactionError']))
      const details = { outcome: 'not-applied' }
      expect(error).toMatchObject({ code: 'SerializationFailure', retryable: true, details })
    }
  })

  it('of a commit is UnknownOutcome where nobody can say what became of it', () => {
    const labels = ['UnknownTransactionCommitResult']
    const lost = new MongoNetworkError('lost')
    for (const label of labels) lost.addErrorLabel(label)
    for (const error of [lost, serverError(50, 'no', labels), serverError(91, 'no', labels)]) {
      const details = { outcome: 'unknown' }
      expect(toWherryError(error, undefined, true)).toMatchObject({
        code: 'UnknownOutcome',
        details,
      })
    }
  })

  it('once it has written is UnknownOutcome, since others may never have it', () => {
    for (const code of [64, 79, 100, 189, 11_602]) {
      const writeConcernError = { code, errmsg: 'waited in vain' }
      const error = ofWrite(new MongoWriteConcernError({ ok: 1, writeConcernError }))
      expect(error).toMatchObject({ code: 'UnknownOutcome', details: { outcome: 'unknown' } })
    }
  })
})

describe('what the driver finds out', () => {
  const selection = new MongoServerSelectionError('nobody answers', {
    error: new Error('refused'),
  } as never)

  it('before anything was sent has changed nothing', () => {
    const refused = new MongoNetworkError('connect ECONNREFUSED')
    refused.addErrorLabel('SystemOverloadedError')
    const overloaded = serverError(462, 'too much', ['SystemOverloadedError', 'RetryableError'])
    for (const error of [selection, refused, overloaded]) {
      expect(ofWrite(error)).toMatchObject({
        code: 'DatabaseUnavailable',
        retryable: true,
        details: { outcome: 'not-applied' },
      })
    }
  })

  it('behind that leaves it open what became of a write', () => {
    const interrupted = new Error('interrupted due to server monitor timeout')
    interrupted.name = 'PoolClearedOnNetworkError'
    const lost = [
      new MongoNetworkError('lost'),
      new MongoNetworkTimeoutError('no answer'),
      new MongoNotConnectedError('closed while it waited'),
      interrupted,
    ]
    for (const error of lost) {
      expect(ofRead(error)).toMatchObject({ code: 'DatabaseUnavailable', retryable: true })
      const details = { outcome: 'unknown' }
      expect(ofWrite(error)).toMatchObject({ code: 'UnknownOutcome', retryable: false, details })
    }
  })

  it('of a batch is what happened to it', () => {
    const wrapped = (error: Error) => new MongoBulkWriteError(error, {} as never)
    expect(ofWrite(wrapped(selection)).code).toBe('DatabaseUnavailable')
    expect(ofWrite(wrapped(new MongoNetworkError('lost'))).code).toBe('UnknownOutcome')
    expect(ofWrite(wrapped(serverError(13))).code).toBe('DatabaseReadOnly')
    const inTheWay = serverError(112, 'no', ['TransientTransactionError'])
    expect(ofWrite(wrapped(inTheWay)).code).toBe('SerializationFailure')
  })

  it('of a document that is too large is TooLarge, by whoever notices it', () => {
    const tooLarge = [
      new MongoInvalidArgumentError('Document is larger than the maximum size 16777216'),
      Object.assign(new RangeError('out of range'), { code: 'ERR_OUT_OF_RANGE' }),
    ]
    for (const error of tooLarge) {
      expect(ofWrite(error)).toMatchObject({
        code: 'TooLarge',
        details: { collection: 'notes', outcome: 'not-applied' },
      })
    }
  })

  it('of the URL or the options is InvalidOptions', () => {
    const error = toWherryError(new MongoParseError('credentials must be an object'))
    expect(error.code).toBe('InvalidOptions')
  })

  it('of a host that has no address is DatabaseUnavailable', () => {
    const code = 'ENOTFOUND'
    const error = Object.assign(new Error('querySrv ENOTFOUND _mongodb._tcp.here'), { code })
    expect(toWherryError(error)).toMatchObject({ code: 'DatabaseUnavailable', retryable: true })
  })
})

describe('what is said already', () => {
  it('is kept', () => {
    const known = new WherryError('NotFound', 'it is not there')
    expect(ofWrite(known)).toBe(known)
  })

  it('of values that cannot be decoded is CorruptValue', () => {
    const error = ofRead(new Misfit('is none'))
    expect(error).toMatchObject({ code: 'CorruptValue', details: { collection: 'notes' } })
  })

  it('of mistakes is Internal', () => {
    for (const error of [new TypeError('a bug'), new MongoRuntimeError('a bug'), 'a bug']) {
      expect(toWherryError(error)).toMatchObject({ code: 'Internal' })
    }
  })
})
