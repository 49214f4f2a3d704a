import { describe, expect, it } from 'vitest'
import { expressMount, httpMount, koaMount } from '../../src/index.ts'
import { serve } from '../support/fixture.ts'

/** What mounts do stands in the mount suite of @wherry/testing, which runs on every framework. */
describe('a mount', () => {
  it.each<[object, RegExp]>([
    [{ path: 'wherry' }, /begins with a slash/],
    [{ path: '/' }, /begins with a slash/],
    [{ path: '/wherry/' }, /does not end with one/],
    [{ path: '/a?b' }, /'path'/],
    [{ path: '/a b' }, /'path'/],
    [{ path: 7 }, /'path'/],
    [{ url: '/wherry' }, /no option "url"; it has path/],
  ])('refuses %j', async (options, message) => {
    const { gateway } = await serve()
    for (const mount of [httpMount, expressMount, koaMount]) {
      expect(() => mount(gateway, options)).toThrow(message)
    }
  })
})
