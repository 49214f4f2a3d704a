import { describe, expect, it } from 'vitest'
import { WriteOrder } from '../../../src/adapters/mongodb/write-order.ts'
import { settled } from '../../support/fake-runtime.ts'

/** Starts works by name, and notes the order in which they begin and end. */
class Works {
  readonly order = new WriteOrder()
  readonly notes: string[] = []
  readonly #ends = new Map<string, (error?: Error) => void>()

  one(row: string, name: string): Promise<string> {
    return this.order.one(row, this.#work(name))
  }

  all(name: string): Promise<string> {
    return this.order.all(this.#work(name))
  }

  async end(name: string, error?: Error): Promise<void> {
    this.#ends.get(name)!(error)
    await settled()
  }

  #work(name: string) {
    return async () => {
      this.notes.push(name)
      const error = await new Promise<Error | undefined>((end) => this.#ends.set(name, end))
      this.notes.push(`${name} ends`)
      if (error !== undefined) throw error
      return name
    }
  }
}

describe('the order of writes', () => {
  it('is that of asking, for those of one row', async () => {
    const works = new Works()
    const results = [works.one('a', '1'), works.one('a', '2'), works.one('a', '3')]
    expect(works.notes).toEqual(['1'])
    await works.end('1')
    await works.end('2')
    await works.end('3')
    expect(works.notes).toEqual(['1', '1 ends', '2', '2 ends', '3', '3 ends'])
    expect(await Promise.all(results)).toEqual(['1', '2', '3'])
  })

  it('is none for those of different rows, which begin at once', () => {
    const works = new Works()
    for (const row of ['a', 'b', 'c']) void works.one(row, row)
    expect(works.notes).toEqual(['a', 'b', 'c'])
  })

  it('lets what may change any row wait for all before it, and all behind it for that', async () => {
    const works = new Works()
    void works.one('a', 'a')
    void works.one('b', 'b')
    void works.all('all')
    void works.all('all again')
    void works.one('c', 'c')
    void works.one('a', 'a again')
    await settled()
    expect(works.notes).toEqual(['a', 'b'])
    await works.end('b')
    expect(works.notes).toEqual(['a', 'b', 'b ends'])
    await works.end('a')
    expect(works.notes.slice(3)).toEqual(['a ends', 'all'])
    await works.end('all')
    expect(works.notes.slice(5)).toEqual(['all ends', 'all again'])
    await works.end('all again')
    expect(works.notes.slice(7)).toEqual(['all again ends', 'c', 'a again'])
  })

  it('goes on behind a write that has failed, which fails for who asked alone', async () => {
    const works = new Works()
    const failing = [works.one('a', '1'), works.all('2')]
    const outcomes = Promise.allSettled(failing)
    const last = works.one('a', '3')
    await settled()
    await works.end('1', new Error('no'))
    await works.end('2', new Error('never'))
    await works.end('3')
    expect(await outcomes).toMatchObject([
      { reason: { message: 'no' } },
      { reason: { message: 'never' } },
    ])
    expect(await last).toBe('3')
  })

  it('lets a write begin at once where all before it have ended', async () => {
    const works = new Works()
    const before = [works.one('a', '1'), works.all('2')]
    await works.end('1')
    await works.end('2')
    await Promise.all(before)
    await settled()
    void works.one('a', '3')
    void works.one('b', '4')
    expect(works.notes.slice(4)).toEqual(['3', '4'])
  })
})
