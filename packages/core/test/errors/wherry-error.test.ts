import { describe, expect, it, vi } from 'vitest'
import { errorCodes, type ErrorCode } from '../../src/errors/codes.ts'
import { isWherryError, WherryError } from '../../src/errors/wherry-error.ts'

describe('WherryError', () => {
  it('carries a code, details and a cause, and shows its name and message', () => {
    const cause = new Error('disk')
    const error = new WherryError('NotFound', 'No such row; look again', { collection: 'a' }, cause)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ code: 'NotFound', details: { collection: 'a' }, cause })
    expect(String(error)).toBe('WherryError: No such row; look again')
    expect(error.stack).toContain('wherry-error.test')
  })

  it('has no cause and no details when there are none', () => {
    const error = new WherryError('NotFound', 'No such row')
    expect('cause' in error).toBe(false)
    expect(error.details).toEqual({})
  })

  it.each(Object.keys(errorCodes) as ErrorCode[])('knows whether %s may be tried again', (code) => {
    expect(new WherryError(code, 'x').retryable).toBe(errorCodes[code].retryable)
  })

  it('learns what is not known yet, and keeps what was said first', () => {
    const error = new WherryError('Internal', 'x', { outcome: 'unknown', collection: 'a' })
    expect(error.annotate({ outcome: 'not-applied', mutationId: 'm' })).toBe(error)
    expect(error.details).toEqual({ outcome: 'unknown', collection: 'a', mutationId: 'm' })
  })
})

describe('isWherryError', () => {
  it('knows errors of another copy of this package', async () => {
    vi.resetModules()
    const copy = await import('../../src/errors/wherry-error.ts')
    expect(copy.WherryError).not.toBe(WherryError)
    const foreign = new copy.WherryError('LockTimeout', 'x')
    expect(foreign).not.toBeInstanceOf(WherryError)
    expect(isWherryError(foreign)).toBe(true)
    expect(copy.isWherryError(new WherryError('LockTimeout', 'x'))).toBe(true)
  })

  it.each<unknown>([
    null,
    undefined,
    'WherryError',
    5,
    {},
    [],
    new Error('x'),
    Object.assign(new Error('x'), { code: 'NotFound' }),
    { name: 'WherryError', code: 'NotFound' },
    JSON.parse(JSON.stringify(new WherryError('NotFound', 'x'))),
  ])('knows that %o is none', (value) => {
    expect(isWherryError(value)).toBe(false)
  })
})
