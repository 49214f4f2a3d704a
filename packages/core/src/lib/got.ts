/** Names a value in a message without printing much of it, and without running its code. */
export function got(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `got the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
    case 'number':
    case 'boolean':
    case 'undefined':
      return `got ${String(value)}`
    case 'bigint':
      return `got ${value}n`
    case 'object':
      if (value === null) return 'got null'
      if (Array.isArray(value)) return 'got an array'
      if (value instanceof Date) return 'got a Date'
      return value instanceof Uint8Array ? 'got a Uint8Array' : `got ${objectName(value)}`
    default:
      return `got a ${typeof value}`
  }
}

/** The class is asked past getters, which would be the host's code. */
function objectName(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return 'an object'
  const name = own(own(prototype, 'constructor'), 'name')
  const isName = typeof name === 'string' && name !== '' && name.length <= 40
  return isName ? `an instance of ${name}` : 'an instance of a class'
}

function own(holder: unknown, key: string): unknown {
  const holds = typeof holder === 'function' || (typeof holder === 'object' && holder !== null)
  return holds ? Object.getOwnPropertyDescriptor(holder, key)?.value : undefined
}
