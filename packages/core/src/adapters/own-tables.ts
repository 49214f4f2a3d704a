/** What adapters make for themselves; other names that begin like these are others'. */
const ownTables: ReadonlySet<string> = new Set([
  'wherry_cursor',
  'wherry_generation',
  'wherry_idempotency',
  'wherry_ledger',
  'wherry_log',
  'wherry_log_state',
  'wherry_schema',
  'wherry_validators',
])

export function isOwnTable(name: string): boolean {
  return ownTables.has(name)
}
