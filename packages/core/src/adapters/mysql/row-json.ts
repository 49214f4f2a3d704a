import type { FieldDefinition } from '../../schema/definition.ts'

/** The expression that reads a field of a row in a trigger. Names are of letters and digits. */
export type Read = (field: FieldDefinition) => string
export const old: Read = ({ column }) => `old.\`${column}\``
export const added: Read = ({ column }) => `new.\`${column}\``

/** A row in the row codec, in SQL. */
export function rowJson(fields: readonly FieldDefinition[], read: Read): string {
  const members = fields.map((field, index) => {
    const name = `'${index === 0 ? '{' : ','}"${field.name}":'`
    return `${name}, ${valueJson(field, read(field))}`
  })
  return `concat(${members.join(', ')}, '}')`
}

export function keyJson(key: readonly FieldDefinition[], read: Read): string {
  return `concat('[', ${key.map((field) => valueJson(field, read(field))).join(`, ',', `)}, ']')`
}

/** Null makes null of everything that it is put together with. */
function valueJson(field: FieldDefinition, value: string): string {
  const json = presentJson(field, value)
  return field.nullable ? `ifnull(${json}, 'null')` : json
}

function presentJson({ kind }: FieldDefinition, value: string): string {
  switch (kind) {
    case 'boolean':
      return `elt(${value} + 1, 'false', 'true')`
    case 'bigint':
    case 'decimal':
    case 'date':
      return `concat('"', ${value}, '"')`
    case 'timestamp':
      return `concat('"', left(date_format(${value}, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z"')`
    case 'bytes':
      return `concat('"', lower(hex(${value})), '"')`
    case 'int':
    case 'float':
      return value
    // Columns of others may have collations that cannot be put together, unless one is named.
    case 'json':
    case 'array':
      return `cast(${value} as char character set utf8mb4) collate utf8mb4_bin`
    default:
      return `json_quote(${value})`
  }
}
