import { rewriteQuery } from './generate/rewrite.ts'
import { print } from './lib/print.ts'
import { Random } from './lib/random.ts'
import { startMs } from './lib/runtime.ts'
import type { FuzzFailure } from './fuzz.ts'
import {
  changedBy,
  type Call,
  type Check,
  type Operation,
  type Single,
  type Transaction,
} from './operation.ts'
import type { Outcome } from './outcome.ts'
import { transactionOptions } from './run/perform.ts'
import { printRace } from './print-race.ts'
import { printSchema } from './schema-spec.ts'

/** A failure as a program that shows it: both engines print what they say. */
export function printFailure({ mismatch, case: found, database }: FuzzFailure): string {
  const { engine, operation, difference, expected, actual } = mismatch
  const { operations, schema, seed } = found
  const timed = operations.some(({ atMs }) => atMs !== startMs)
  const last = operations.length - 1
  const measured = engine === 'sqlite' ? "sqlite({ file: ':memory:' })" : '/* and the engine */'
  const body = operations.flatMap((each, index) => [
    ...(timed ? [`runtime.nowMs = ${each.atMs}`] : []),
    ...('race' in each
      ? printRace(each, schema, printCall)
      : index === last
        ? printLast(each)
        : printOperation(each)),
    ...(index === last ? printRows(each) : []),
  ])
  const what = expected === undefined ? 'goes wrong' : 'and memory part ways'
  const title =
    `// Seed ${seed}, database ${database}: ${engine} ${what} in ${operation}: ` +
    difference.split('\n')[0]
  return [
    title,
    ...printOutcome('memory', expected),
    ...printOutcome(engine, actual),
    ...imports,
    ...(engine === 'sqlite' ? ["import { sqlite } from '@wherry/core/sqlite'"] : []),
    '',
    printSchema(schema),
    ...(body.some((line) => line.includes(' all(')) ? [all] : []),
    `for (const adapter of [memory(), ${measured}]) {`,
    `  const runtime = createFuzzRuntime(${seed})`,
    '  const data = createDataService({ schema, databases: [adapter], runtime })',
    '  const log = (answer) => console.log(adapter.name, answer)',
    '  await data.connect()',
    '  runtime.rewind()',
    ...body.map((line) => `  ${line.replaceAll('\n', '\n  ')}`),
    '  await data.close()',
    '}',
    '',
  ].join('\n')
}

const imports: readonly string[] = [
  "import { createDataService } from '@wherry/core'",
  "import { memory } from '@wherry/core/memory'",
  "import { collection, defineSchema, t } from '@wherry/core/schema'",
  "import { createFuzzRuntime, takeTurns } from '@wherry/testing/fuzz'",
]

const all =
  'const all = async (rows) => { const list = []; for await (const row of rows) list.push(row); ' +
  'return list }'

/** Of an outcome. */
const maxLines = 20

function printOutcome(name: string, outcome: Outcome | undefined): string[] {
  if (outcome === undefined) return []
  const said =
    'violation' in outcome
      ? outcome.violation
      : 'failure' in outcome
        ? `${outcome.failure.code} ${print(outcome.failure)}`
        : print(outcome.value)
  const after = outcome.after === undefined ? '' : `\nafterwards ${print(outcome.after)}`
  const lines = `${name}: ${said}${after}`.split('\n').map((line) => `// ${line}`)
  return lines.length > maxLines ? [...lines.slice(0, maxLines), '// …'] : lines
}

function printCall(scope: string, { call, on, args }: Call): string {
  const text = `${scope}.collection(${print(on)}).${call}(${printArguments(args)})`
  return call === 'stream' ? `all(${text})` : text
}

function printArguments(args: readonly unknown[]): string {
  return args.map((arg) => print(arg)).join(', ')
}

function printOperation(operation: Single): string[] {
  if ('check' in operation) return printCheck(operation)
  if ('transaction' in operation) return [`await ${printTransaction(operation)}.catch(log)`]
  return [`await ${printCall('data', operation)}.catch(log)`]
}

/** What is compared is shown. */
function printLast(operation: Single): string[] {
  if ('check' in operation) return printCheck(operation)
  const text =
    'transaction' in operation ? printTransaction(operation) : printCall('data', operation)
  return [`await ${text}.then(log, log)`]
}

/** The rows of the collections that it may have changed. */
function printRows(operation: Operation): string[] {
  return changedBy(operation).map((on) => `log(await data.collection(${print(on)}).find())`)
}

function printTransaction(operation: Transaction): string {
  const { transaction, fails, catches, joinsFrom = transaction.length } = operation
  const options = transactionOptions(operation)
  const step = (scope: string) => (call: Call) =>
    `  await ${printCall(scope, call)}.then(log${catches ? ', log' : ''})\n`
  const joined = transaction.slice(joinsFrom)
  return (
    'data.transaction(async (tx) => {\n' +
    transaction.slice(0, joinsFrom).map(step('tx')).join('') +
    (joined.length > 0
      ? `  await tx.transaction(async (joined) => {\n${joined.map(step('  joined')).join('')}  })\n`
      : '') +
    (fails ? "  throw new Error('planned')\n" : '') +
    (Object.keys(options).length > 0 ? `}, ${print(options)})` : '})')
  )
}

/** The calls that a check is made of. */
function printCheck({ check, on, args }: Check): string[] {
  const [first, second, third] = args.map((arg) => print(arg))
  const handle = `data.collection(${print(on)})`
  const show = (call: string) => `log(await ${handle}.${call})`
  switch (check) {
    case 'complement':
    case 'threeValued':
      return [
        ...(check === 'threeValued'
          ? ["// With parseFilter(…, …, 'three') in place of this:"]
          : []),
        `const where = ${first}`,
        show('find({ where })'),
        show('find({ where: { NOT: where } })'),
        show('count({ where })'),
      ]
    case 'sameMeaning': {
      const method = (args[0] as object) && 'measures' in (args[0] as object) ? 'aggregate' : 'find'
      const other = rewriteQuery(new Random(args[1] as number), args[0] as Record<string, unknown>)
      return [show(`${method}(${first})`), show(`${method}(${print(other)})`)]
    }
    case 'pages':
      return [
        `const query = ${first}`,
        show('find(query)'),
        `for (let after; after !== null;) {`,
        `  const page = await ${handle}.page({ ...query, limit: ${second}, ...(after && { after }) })`,
        '  log(page)',
        '  after = page.next',
        '}',
        `log(await all(${handle}.stream({ ...query, ...${third} }, { batchSize: ${second} })))`,
      ]
    case 'window':
      return [
        `const query = ${first}`,
        show('find(query)'),
        show(`find({ ...query, offset: ${second}, limit: ${third} })`),
      ]
    case 'includes':
      return [show(`find(${first})`)]
    case 'groups':
      return [
        `const query = ${first}`,
        show('aggregate(query)'),
        show(`aggregate({ ...query, ...${second} })`),
        show('find()'),
      ]
  }
}
