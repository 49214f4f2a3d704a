import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { mountSuite } from '@wherry/testing'
import { expressMount, httpMount, koaMount } from '../../src/index.ts'
import { serve } from '../support/fixture.ts'
import { apps } from './apps.ts'

/** Why an app cannot run here, if so. */
const obstacles: Readonly<Record<string, string | undefined>> = {
  'Express 5': hasOwnRequire()
    ? undefined
    : 'the test runner resolves what Express requires as if it imported it',
}

/** What Express requires, among others, and calls. */
function hasOwnRequire(): boolean {
  const require = createRequire(createRequire(import.meta.url).resolve('router'))
  return typeof require('is-promise') === 'function'
}

describe.each(Object.entries(apps))('mounted in %s', (name, start) => {
  for (const { title, run } of mountSuite) {
    it(title, ({ skip }) => {
      const obstacle = obstacles[name]
      skip(obstacle !== undefined, obstacle)
      return run(start)
    })
  }
})

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
