import { expect, it } from 'vitest'
import { examineSettings } from '../../../src/adapters/postgres/doctor.ts'

const settings = [
  ['server_encoding', 'UTF8'],
  ['fsync', 'off'],
  ['full_page_writes', 'off'],
  ['synchronous_commit', 'off'],
  ['max_connections', '15'],
  ['superuser_reserved_connections', '3'],
] as const

const subjects = (durable: boolean, changes: readonly (readonly [string, string])[] = []) =>
  examineSettings(new Map([...settings, ...changes]), { durable, maxConnections: 12 }).map(
    ({ subject }) => subject,
  )

it('doctor warns of settings by which something may be lost, where it is to last', () => {
  expect(subjects(true)).toEqual(['fsync', 'full_page_writes', 'synchronous_commit'])
  expect(subjects(false)).toEqual([])
  const safe = ['fsync', 'full_page_writes', 'synchronous_commit'].map(
    (name) => [name, 'on'] as const,
  )
  expect(subjects(true, safe)).toEqual([])
})

it('doctor counts the connections that are left to it', () => {
  expect(subjects(false, [['max_connections', '14']])).toEqual(['max_connections'])
})
