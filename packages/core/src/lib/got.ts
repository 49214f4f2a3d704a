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
      return value instanceof Uint8Array ? 'got a Uint8Array' : 'got an object'
    default:
      return `got a ${typeof value}`
  }
}
