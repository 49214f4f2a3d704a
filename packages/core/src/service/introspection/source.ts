import type { Draft, DraftCollection } from './draft.ts'

const width = 100

/** The draft as the text of a file, as Prettier formats it with semi: false and singleQuote: true. */
export function sourceOf({ naming, collections }: Draft): string {
  const hasOptions = naming !== 'as_is'
  const depth = hasOptions ? 2 : 1
  const members = collections.flatMap((each) => collectionLines(each, depth))
  const body = hasOptions
    ? ['defineSchema(', '  {', ...members, '  },', `  { naming: '${naming}' },`, ')']
    : ['defineSchema({', ...members, '})']
  const related = collections.filter(({ relations }) => relations.size > 0)
  const lines = [
    `import { collection, defineSchema, t } from '@wherry/core/schema'`,
    '',
    `export const schema = ${body[0]}`,
    ...body.slice(1, -1),
    related.length === 0 ? body.at(-1)! : `${body.at(-1)!}.relations((of) => ({`,
    ...related.flatMap(relationLines),
    ...(related.length === 0 ? [] : ['}))']),
  ]
  return `${lines.join('\n')}\n`
}

function collectionLines({ name, fields, calls }: DraftCollection, depth: number): string[] {
  const indent = '  '.repeat(depth)
  const written = calls.source()
  const lines = [
    `${indent}${name}: collection({`,
    ...Array.from(fields, ([field, chain]) => fieldLine(`${indent}  `, field, chain.source())),
  ]
  // One call stays behind the brace; several have a line each.
  return written.length <= 1
    ? [...lines, broken(`${indent}})`, written[0] ?? '')]
    : [
        ...lines,
        `${indent}})`,
        ...written.map((call, index) =>
          broken(`${indent}  `, call, index === written.length - 1 ? ',' : ''),
        ),
      ]
}

function fieldLine(indent: string, name: string, calls: readonly string[]): string {
  const line = `${indent}${name}: t${calls.join('')},`
  if (line.length <= width || calls.length < 2) return line
  return [`${indent}${name}: t`, ...calls.map((call) => `${indent}  ${call}`)].join('\n') + ','
}

/** A call on a line of its own; its arguments get theirs where they are too long for one. */
function broken(start: string, call: string, end = ','): string {
  const line = `${start}${call}${end}`
  if (line.length <= width) return line
  const [, method, args] = /^(\.\w+\()(.*)\)$/.exec(call)!
  const indent = start.replace(/\S.*$/, '')
  const lines = args!.split(', ').map((arg) => `${indent}  ${arg},`)
  return [`${start}${method}`, ...lines, `${indent})${end}`].join('\n')
}

function relationLines({ name, relations }: DraftCollection): string[] {
  const members = Array.from(
    relations,
    ([relation, chain]) => `${relation}: of.${name}${chain.source().join('')}`,
  )
  const line = `  ${name}: { ${members.join(', ')} },`
  if (line.length <= width) return [line]
  return [`  ${name}: {`, ...members.map((member) => `    ${member},`), '  },']
}
