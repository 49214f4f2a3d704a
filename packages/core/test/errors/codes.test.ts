import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../src/errors/codes.ts'

const page = readFileSync(new URL('../../../../docs/reference/errors.md', import.meta.url), 'utf8')
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [heading, ...text] = section.split('\n')
      return [
        heading!.replaceAll('`', '').trim(),
        text
          .join('\n')
          .split(/^#{1,2} /m)[0]!
          .trim(),
      ]
    }),
)

describe('docs/reference/errors.md', () => {
  it('has a section for each code, and for nothing else', () => {
    expect([...sections.keys()].sort()).toEqual(Object.keys(errorCodes).sort())
  })

  it('names each code once', () => {
    expect(page.match(/^### /gm)).toHaveLength(sections.size)
  })

  it.each(Object.keys(errorCodes))('says something about %s', (code) => {
    expect(sections.get(code)).toMatch(/\w+ \w+/)
  })
})
