import { describe, expect, it } from 'vitest'
import { Tracker, type Seen } from '../../src/chaos/log/tracker.ts'

const account = (id: string, version: number): Seen => ({ collection: 'accounts', id, version })
const entry = (id: string, version: number, accountId = 'a'): Seen => {
  return { collection: 'entries', id, version, accountId }
}

/** Two accounts, the first changed twice, and an entry that was deleted. */
const committed = new Map([
  ['accounts a', 3],
  ['accounts b', 1],
  ['entries e', 2],
])
const inOrder = [account('a', 1), account('a', 2), entry('e', 1), account('b', 1), account('a', 3)]
const all = [...inOrder, entry('e', 2)]

function faultsOf(seen: readonly Seen[]) {
  const tracker = new Tracker()
  for (const each of seen) tracker.read(each)
  return tracker.compare(committed)
}

const none = { lost: 0, repeated: 0, disordered: 0 }

describe('what holds readers of the log to what was committed', () => {
  it('finds nothing where all was read once and in order', () => {
    expect(faultsOf(all)).toEqual(none)
  })

  it('finds what was never read', () => {
    expect(faultsOf(inOrder)).toEqual({ ...none, lost: 1 })
    expect(faultsOf([])).toEqual({ ...none, lost: 6 })
  })

  it('finds what was read twice, and what was never committed', () => {
    expect(faultsOf([...all, account('a', 2)])).toEqual({ ...none, repeated: 1 })
    expect(faultsOf([...all, account('a', 4)])).toEqual({ ...none, repeated: 1 })
    expect(faultsOf([...all, account('c', 1)])).toEqual({ ...none, repeated: 1 })
  })

  it('finds versions of a row that come before those that lead to them, each once', () => {
    const [first, second, third] = [account('a', 1), account('a', 2), account('a', 3)]
    const rest = [account('b', 1), entry('e', 1), entry('e', 2)]
    expect(faultsOf([first, third, second, ...rest])).toEqual({ ...none, disordered: 1 })
    expect(faultsOf([first, third, third, second, ...rest])).toEqual({
      ...none,
      repeated: 1,
      disordered: 1,
    })
    expect(faultsOf([third, second, first, ...rest])).toEqual({ ...none, disordered: 2 })
  })

  it('finds a row that comes before what it refers to', () => {
    expect(faultsOf([entry('e', 1), ...all.filter(({ id }) => id !== 'e'), entry('e', 2)])).toEqual(
      {
        ...none,
        disordered: 1,
      },
    )
  })
})
