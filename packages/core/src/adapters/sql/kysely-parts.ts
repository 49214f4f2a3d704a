import { DummyDriver, Kysely, type Dialect as KyselyDialect } from 'kysely'
import type { Tables } from './dialect.ts'

/** What Kysely has to know of an engine to write its SQL. */
export type KyselyParts = Omit<KyselyDialect, 'createDriver'>

/** A Kysely that compiles statements, and never runs them. */
export function createCompiler(parts: KyselyParts): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: { ...parts, createDriver: () => new DummyDriver() } })
}
