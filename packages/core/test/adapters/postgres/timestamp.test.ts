import { describe, expect, it } from 'vitest'
import { timestamp } from '../../../src/adapters/postgres/timestamp.ts'

describe('a timestamp of PostgreSQL', () => {
  it.each([
    ['2026-11-30 13:07:09+00', '2026-11-30T13:07:09.000Z'],
    ['2026-11-30 13:07:09.5+00', '2026-11-30T13:07:09.500Z'],
    ['2026-11-30 13:07:09.05+00', '2026-11-30T13:07:09.050Z'],
    ['2026-11-30 13:07:09.999999+00', '2026-11-30T13:07:09.999Z'],
    ['2026-11-30 13:07:09+01', '2026-11-30T12:07:09.000Z'],
    ['2026-11-30 13:07:09.123-09:30', '2026-11-30T22:37:09.123Z'],
    ['1890-01-01 00:53:28+00:53:28', '1890-01-01T00:00:00.000Z'],
    ['1969-12-31 23:59:59.9999+00', '1969-12-31T23:59:59.999Z'],
    ['2024-02-29 00:00:00+00', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01 00:00:00+00', '0001-01-01T00:00:00.000Z'],
    ['0001-12-31 00:00:00+00 BC', '0000-12-31T00:00:00.000Z'],
    ['4714-11-24 00:00:00+00 BC', '-004713-11-24T00:00:00.000Z'],
    ['10000-01-01 00:00:00+00', '+010000-01-01T00:00:00.000Z'],
    ['275760-09-13 00:00:00+00', '+275760-09-13T00:00:00.000Z'],
  ])('%s is read as %s', (text, iso) => {
    expect(timestamp(text).toISOString()).toBe(iso)
  })

  it('is right on every day of four hundred years', () => {
    const dayMs = 86_400_000
    const wrong: string[] = []
    for (let ms = Date.UTC(1800, 0, 1); ms < Date.UTC(2201, 0, 1); ms += dayMs) {
      const day = new Date(ms).toISOString().slice(0, 10)
      if (timestamp(`${day} 00:00:00+00`).getTime() !== ms) wrong.push(day)
    }
    expect(wrong).toEqual([])
  })

  it.each(['infinity', '-infinity', '275760-09-13 00:00:00.001+00', '294276-12-31 23:59:59+00'])(
    '%s is refused',
    (text) => {
      expect(() => timestamp(text)).toThrow('a timestamp that no Date holds')
    },
  )
})
