import { WherryError } from '../errors/wherry-error.ts'
import { jsonKeyFault, maxDepth } from '../lib/json.ts'
import { textFault } from '../lib/text.ts'
import { acceptOperand } from '../schema/accept.ts'
import type { FieldDefinition } from '../schema/definition.ts'
import { got } from '../lib/got.ts'
import type { Test } from './ast.ts'
import { operatorUse, type Operator } from './operators.ts'
import { invalid } from './shape.ts'

export function acceptAt(
  field: FieldDefinition,
  path: Test['path'],
  operator: string,
  operand: unknown,
): unknown {
  if (operand === null || operand === undefined) {
    throw new WherryError(
      'InvalidValue',
      `'${operator}' on '${field.name}' takes a value, got ${operand}; use isNull`,
      { fields: [field.name] },
    )
  }
  if (path === undefined) return acceptOperand(field, operand)
  const use = operatorUse[operator as Operator]
  const type = typeof operand
  const fits =
    (type === 'string' && textFault(operand as string) === undefined) ||
    (use !== 'text' && type === 'number' && Number.isFinite(operand)) ||
    (use === 'equal' && type === 'boolean')
  if (fits) return operand
  throw new WherryError(
    'InvalidValue',
    `'${operator}' inside '${field.name}' cannot compare with this value, ${got(operand)}`,
    { fields: [field.name] },
  )
}

export function acceptList(field: FieldDefinition, operator: string, operand: unknown): unknown[] {
  if (!Array.isArray(operand)) {
    throw invalid(`'${operator}' on '${field.name}' takes an array, ${got(operand)}`)
  }
  const list: unknown[] = Array.from(operand)
  if (list.includes(undefined)) {
    throw invalid(`'${operator}' on '${field.name}' lists undefined; leave it out, or use null`)
  }
  return list
}

export function acceptPath(field: FieldDefinition, path: unknown): readonly (string | number)[] {
  if (field.kind !== 'json') {
    throw invalid(`'${field.name}' is of kind ${field.kind}; only a json field takes a path`)
  }
  if (!Array.isArray(path) || path.length === 0 || path.length > maxDepth) {
    throw invalid(`The path into '${field.name}' must be an array of 1 to ${maxDepth} keys`)
  }
  return Array.from(path, (step: unknown) => {
    if (typeof step === 'number' && Number.isSafeInteger(step) && step >= 0) return step
    if (typeof step !== 'string' || step === '' || /[."\\]/.test(step) || jsonKeyFault(step)) {
      throw invalid(
        `The path into '${field.name}' has an unusable step, ${got(step)}; ` +
          `a step is an array position or a key without '.', '"', '\\' and leading '$'`,
      )
    }
    return step
  })
}
