import { t } from '../../schema/fields.ts'
import { literal } from './literal.ts'

interface Call {
  readonly method: string
  /** Values, or for the elements of an array a chain. */
  readonly args: readonly unknown[]
}

type Builder = Readonly<Record<string, (...args: readonly unknown[]) => Builder>>

/**
 * Calls of a schema's builder, one after another. Made and shown from the same list, a schema and
 * its source cannot differ.
 */
export class Chain {
  readonly calls: readonly Call[]

  constructor(calls: readonly Call[] = []) {
    this.calls = calls
  }

  call(method: string, ...args: readonly unknown[]): Chain {
    return new Chain([...this.calls, { method, args }])
  }

  make(builder: unknown = t): unknown {
    return this.calls.reduce(
      (on, { method, args }) =>
        on[method]!(...args.map((arg) => (arg instanceof Chain ? arg.make() : arg))),
      builder as Builder,
    )
  }

  /** Each call as it is written: `.text({ maxLength: 191 })`. */
  source(): string[] {
    return this.calls.map(({ method, args }) => `.${method}(${args.map(sourceOf).join(', ')})`)
  }
}

function sourceOf(arg: unknown): string {
  return arg instanceof Chain ? `t${arg.source().join('')}` : literal(arg)
}
