/**
 * What reading and writing rely on, which a role or a database may have set otherwise. What decides
 * who may do what, and where, stays as it was set.
 */
const reliedOn: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  // How values look as text.
  bytea_output: 'hex',
  datestyle: 'ISO, YMD',
  extra_float_digits: '1',
  quote_all_identifiers: 'off',
  // What texts mean.
  array_nulls: 'on',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  // What statements see.
  default_transaction_isolation: 'read committed',
  gin_fuzzy_search_limit: '0',
}

/** The one statement that begins a session. */
export function sessionSettings(more: Readonly<Record<string, string>> = {}): string {
  const settings = Object.entries({ ...reliedOn, ...more })
  return `select ${settings
    .map(([name, value]) => `set_config('${name}', '${value}', false)`)
    .join(', ')}`
}
