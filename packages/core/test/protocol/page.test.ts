import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { closeCodes } from '../../src/protocol/close-codes.ts'
import { downSchemas } from '../../src/protocol/down.schema.ts'
import { maxChunkLength, maxFrameBytes, splitFrameBytes } from '../../src/protocol/limits.ts'
import { upSchemas } from '../../src/protocol/up.schema.ts'
import { protocolVersion, subprotocol } from '../../src/protocol/version.ts'
import { readMethods, writeMethods } from '../../src/query/calls.ts'
import { conversations, page, sections } from './pages.ts'

const chapters = sections(2)
const parts = sections(3)

describe('docs/reference/protocol.md', () => {
  it('has the scenarios that there are conversations of, and no others', () => {
    const told = [...parts.keys()].filter((heading) => /^\d+\. /.test(heading))
    expect(told).toEqual(conversations.scenarios.map(({ number, name }) => `${number}. ${name}`))
    expect(conversations.scenarios.map(({ number }) => number)).toEqual(told.map((_, i) => i + 1))
  })

  it('refers to every scenario from a message, but the last two, which are of all of them', () => {
    const sentences = page
      .replaceAll(/\s+/g, ' ')
      .match(/Scenarios? [\d, toand]+\./g)!
      .join()
    const named = [...sentences.matchAll(/(\d+)(?: to (\d+))?/g)].flatMap(([, from, to = from]) => {
      return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i)
    })
    const all = conversations.scenarios.map(({ number }) => number)
    expect([...new Set(named)].sort((a, b) => a - b)).toEqual(all.slice(0, -2))
  })

  it('has the close codes that there are, and no others', () => {
    const rows = chapters.get('Close codes')!.matchAll(/^\| (\d{4}) +\| (\w+) +\| (yes|no) /gm)
    const told = Array.from(rows, ([, code, name, again]) => [Number(code), name, again === 'yes'])
    const known = Object.entries(closeCodes)
    expect(told).toEqual(known.map(([name, { code, reconnect }]) => [code, name, reconnect]))
  })

  it.each<[direction: string, chapter: string, schemas: Readonly<Record<string, z.ZodType>>]>([
    ['up', 'Messages of the client', upSchemas],
    ['down', 'Messages of the server', downSchemas],
  ])('has a part for each message that goes %s, and a true example in it', (way, name, schemas) => {
    const types = Array.from(chapters.get(name)!.matchAll(/^### `(\w+)`$/gm), ([, type]) => type!)
    expect(types).toEqual(Object.keys(schemas))
    for (const type of types) {
      const part = parts.get(`\`${type}\``)!
      expect(part).toContain(`Direction: ${way}.`)
      expect(part).toMatch(/^Scenarios? |\.\sScenarios? /m)
      if (way === 'up') expect(part).toContain('Violation: ')
      const [, example] = /^```json\n(.*?)^```/ms.exec(part)!
      expect(schemas[type]!.safeParse(JSON.parse(example!)).error).toBeUndefined()
    }
  })

  it('has the methods that there are, each by the message that calls it', () => {
    const rows = chapters.get('Calls')!.matchAll(/^\| +(`request`|`mutate`)? +\| `(\w+)` +\|/gm)
    const methods = { request: [] as string[], mutate: [] as string[] }
    let calls = methods.request
    for (const [, message, method] of rows) {
      if (message !== undefined) calls = methods[message.slice(1, -1) as keyof typeof methods]
      calls.push(method!)
    }
    expect(methods.request).toEqual(Object.keys(readMethods))
    expect(methods.mutate).toEqual(Object.keys(writeMethods))
  })

  it.each([
    `version ${protocolVersion},`,
    `\`${subprotocol}\``,
    `64 KiB (${maxFrameBytes.toLocaleString('en')} bytes)`,
    `another frame at ${splitFrameBytes / 1024} KiB`,
    `at most ${maxChunkLength / 1024} KiB of rows`,
  ])('has what the source has: %s', (words) => {
    expect(page.replaceAll(/\s+/g, ' ').includes(words)).toBe(true)
  })
})
