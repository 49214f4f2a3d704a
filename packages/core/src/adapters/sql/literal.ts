import type { Json } from '../../lib/json.ts'
import type { Kind, ValueType } from '../../schema/definition.ts'
import { kinds } from '../../schema/kinds.ts'
import { Misfit } from '../../schema/misfit.ts'

/**
 * The text of a constant as SQL writes it, such as `'it''s'::text`, `(-5)` or `true`; undefined for
 * what has to be computed, and where a backslash leaves open what is meant.
 */
export function literalText(expression: string): string | undefined {
  const [, text, word] = literalForm.exec(expression.trim()) ?? []
  return text === undefined ? word : text.replaceAll("''", "'")
}

// A text, or a number or truth value, in parentheses or not, and the type that it is cast to.
const literalForm =
  /^\(?(?:'((?:[^'\\]|'')*)'|(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|true|false))\)?(?:::[a-z][\w ".(),]*)?$/i

/** Kinds whose constants every engine writes in a form of its own. */
const unread: readonly Kind[] = ['timestamp', 'bytes']

/** The value that a constant's text stands for; undefined where it is none of this type. */
export function constantOf(type: ValueType, text: string): unknown {
  if (unread.includes((type.element ?? type).kind)) return undefined
  try {
    return kinds[type.kind].decode(jsonOf(type.kind, text), type)
  } catch (error) {
    if (error instanceof Misfit || error instanceof SyntaxError) return undefined
    throw error
  }
}

function jsonOf(kind: Kind, text: string): Json {
  switch (kind) {
    case 'int':
    case 'float':
      return Number(text)
    case 'boolean':
      return /^(1|true)$/i.test(text) ? true : /^(0|false)$/i.test(text) ? false : text
    case 'json':
    case 'array':
      return JSON.parse(text) as Json
    default:
      return text
  }
}
