import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exec, root, tool } from '../lib/exec.ts'

interface Planted {
  behaviour: string
  file: string
  code: string
  rule: string
}

const imports = (file: string, from: string, behaviour: string): Planted => ({
  behaviour,
  file,
  code: `export type { Something } from '${from}'\n`,
  rule: 'no-restricted-imports',
})

const core = 'packages/core/src'

const planted: Planted[] = [
  {
    behaviour: 'a promise that nobody awaits',
    file: `${core}/floating.ts`,
    code: 'async function work() {}\nexport function start() {\n  work()\n}\n',
    rule: 'no-floating-promises',
  },
  {
    behaviour: 'a switch that forgets a case',
    file: `${core}/switch.ts`,
    code: "export function f(x: 'a' | 'b') {\n  switch (x) {\n    case 'a':\n      return 1\n  }\n}\n",
    rule: 'switch-exhaustiveness-check',
  },
  {
    behaviour: 'any',
    file: `${core}/any.ts`,
    code: 'export type Anything = any\n',
    rule: 'no-explicit-any',
  },
  {
    behaviour: 'a value that JSON.parse made any',
    file: `${core}/unsafe.ts`,
    code: "export const parsed: { a: number } = JSON.parse('{}')\n",
    rule: 'no-unsafe-assignment',
  },
  {
    behaviour: 'a default export',
    file: `${core}/default.ts`,
    code: 'export default 1\n',
    rule: 'no-default-export',
  },
  {
    behaviour: 'a file that is not in kebab-case',
    file: `${core}/camelCase.ts`,
    code: 'export const x = 1\n',
    rule: 'filename-case',
  },
  {
    behaviour: 'a function of more than 70 lines',
    file: `${core}/long-function.ts`,
    code: `export function long() {\n${'  void 0\n'.repeat(71)}}\n`,
    rule: 'max-lines-per-function',
  },
  {
    behaviour: 'a file of more than 400 lines',
    file: `${core}/long-file.ts`,
    code: `${'// line\n'.repeat(400)}export const x = 1\n`,
    rule: 'max-lines',
  },
  {
    behaviour: 'a cycle of imports',
    file: `${core}/cycle.ts`,
    code: "import { b } from './cycle-b.ts'\nexport const a = () => b\n",
    rule: 'no-cycle',
  },
  ...['Date.now()', 'Math.random()', 'process.nextTick(() => {})', 'AbortSignal.timeout(1)'].map(
    (call, index) => ({
      behaviour: `${call} outside the runtime`,
      file: `${core}/property-${index}.ts`,
      code: `export const f = () => ${call}\n`,
      rule: 'no-restricted-properties',
    }),
  ),
  ...[
    'setTimeout(() => {}, 1)',
    'setInterval(() => {}, 1)',
    'setImmediate(() => {})',
    'queueMicrotask(() => {})',
    'performance.now()',
    'crypto.randomUUID()',
    "Reflect.get(globalThis, 'Date')",
  ].map((call, index) => ({
    behaviour: `${call} outside the runtime`,
    file: `${core}/global-${index}.ts`,
    code: `export const f = () => ${call} as unknown\n`,
    rule: 'no-restricted-globals',
  })),
  imports(`${core}/time-import.ts`, 'node:timers/promises', 'timers by import'),
  imports(`${core}/service/random-import.ts`, 'node:crypto', 'randomness by import'),
  imports(`${core}/errors/a.ts`, '../lib/json.ts', 'errors that import anything'),
  imports(`${core}/lib/a.ts`, '../schema/kinds.ts', 'lib that imports the schema'),
  imports(`${core}/schema/a.ts`, '../query/ast.ts', 'a schema that imports queries'),
  imports(`${core}/query/a.ts`, '../contract/adapter.ts', 'queries that import the contract'),
  imports(`${core}/contract/a.ts`, '../adapters/plans.ts', 'a contract that imports adapters'),
  imports(`${core}/live/a.ts`, '../service/transaction.ts', 'live queries that import the service'),
  imports(
    `${core}/adapters/memory/a.ts`,
    '../../service/a.ts',
    'an adapter that imports the service',
  ),
  imports(`${core}/adapters/sqlite/a.ts`, '../memory/index.ts', 'an adapter that imports another'),
  imports(`${core}/adapters/sql/a.ts`, '../sqlite/index.ts', 'shared SQL that imports a dialect'),
  imports(`${core}/service/a.ts`, '@wherry/testing', 'core that imports another package'),
  imports('packages/client/src/a.ts', '@wherry/server', 'a client that imports the server'),
  imports('packages/client/src/b.ts', 'zod', 'a client that imports zod'),
  imports('packages/server/src/a.ts', '@wherry/client', 'a server that imports the client'),
  imports('packages/testing/src/a.ts', '../../core/src/index.ts', 'another package by its path'),
]

const clean = [
  { file: `${core}/lib/runtime.ts`, code: 'export const now = () => Date.now() + Math.random()\n' },
  { file: `${core}/adapters/sqlite/b.ts`, code: "export type { Sql } from '../sql/a.ts'\n" },
  { file: `${core}/service/b.ts`, code: "export type { A } from '../adapters/plans.ts'\n" },
  {
    file: `${core}/with-runtime.ts`,
    code: 'export const f = (runtime: { setTimeout(): void }) => runtime.setTimeout()\n',
  },
]

describe('the lint rules', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-lint-'))
  let found: { filename: string; code: string }[] = []

  beforeAll(async () => {
    for (const file of ['.oxlintrc.json', 'tsconfig.json']) {
      cpSync(join(root, file), join(directory, file))
    }
    // Only what the tsconfig names: the linter would walk through a link to all of node_modules.
    mkdirSync(join(directory, 'node_modules/@types'), { recursive: true })
    symlinkSync(join(root, 'node_modules/@types/node'), join(directory, 'node_modules/@types/node'))
    const other = { file: `${core}/cycle-b.ts`, code: "export { a as b } from './cycle.ts'\n" }
    for (const { file, code } of [...planted, ...clean, other]) {
      mkdirSync(dirname(join(directory, file)), { recursive: true })
      writeFileSync(join(directory, file), code)
    }
    const { output } = await exec(tool('oxlint'), ['--format=json'], {
      cwd: directory,
      env: { OXLINT_TSGOLINT_PATH: tool('tsgolint') },
    })
    found = (JSON.parse(output) as { diagnostics: typeof found }).diagnostics
  }, 60_000)

  afterAll(() => rmSync(directory, { recursive: true }))

  it.each(planted)('refuse $behaviour', ({ file, rule }) => {
    const codes = found.filter((each) => each.filename === file).map((each) => each.code)
    expect(codes).toContainEqual(expect.stringContaining(`(${rule})`))
  })

  it.each(clean)('let $file pass', ({ file }) => {
    expect(found.filter((each) => each.filename === file)).toEqual([])
  })
})
