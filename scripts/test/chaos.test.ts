import { describe, expect, it } from 'vitest'
import { readFlags } from '../lib/chaos/flags.ts'
import { isLogWell, totalOf } from '../lib/chaos/log.ts'

describe('the flags of chaos', () => {
  it('have defaults for each subject', () => {
    expect(readFlags(['log'])).toEqual({
      subject: 'log',
      engines: ['postgres', 'mariadb', 'sqlite'],
      isAsked: false,
      kills: 5,
      changes: 20_000,
      seed: 1,
    })
    expect(readFlags(['outage', '--engines', 'mariadb', '--kills', '2'])).toMatchObject({
      subject: 'outage',
      engines: ['mariadb'],
      isAsked: true,
      kills: 2,
    })
  })

  it.each([
    [[], 'two subjects'],
    [['fire'], 'two subjects'],
    [['log', '--kills', '2'], "'log' has no --kills"],
    [['outage', '--changes', '2'], "'outage' has no --changes"],
    [['outage', '--engines', 'sqlite'], 'no engine sqlite'],
    [['log', '--changes', '0'], '--changes takes a number above 0'],
    [['log', '--seed', 'x'], '--seed takes a number above 0'],
  ])('refuse %j', (args, fault) => {
    expect(() => readFlags(args)).toThrow(fault)
  })
})

describe('a run of chaos on the log', () => {
  const clean = { lost: 0, repeated: 0, disordered: 0 }
  const caught = { ...clean, lost: 7 }
  const report = { committed: 10, ...clean, transactions: 3, cuts: 1, seconds: 1 }

  it('is well where right readers made no mistake and wrong ones did', () => {
    expect(isLogWell({ ...report, planted: { bySeq: caught } })).toBe(true)
    expect(isLogWell({ ...report, planted: {} })).toBe(true)
    expect(isLogWell({ ...report, planted: { bySeq: caught, byXid: clean } })).toBe(false)
    for (const fault of ['lost', 'repeated', 'disordered']) {
      expect(isLogWell({ ...report, [fault]: 1, planted: { bySeq: caught } })).toBe(false)
    }
  })

  it('is summed up over all engines', () => {
    const reports = [report, { ...report, lost: 2 }].map((each) => ({ ...each, planted: {} }))
    expect(totalOf(reports)).toEqual({ committed: 20, lost: 2, repeated: 0, disordered: 0 })
  })
})
