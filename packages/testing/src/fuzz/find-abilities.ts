import type { Abilities } from './abilities.ts'
import { buildSchema } from './schema-spec.ts'
import { openSubject, type Engine } from './subject.ts'

/** An engine, and what it can do on this machine. */
export interface Entrant {
  readonly engine: Engine
  readonly abilities: Abilities
}

/** One after another: PGlite lets nobody else have a turn while it starts. */
export async function findAbilities(engines: readonly Engine[]): Promise<readonly Entrant[]> {
  const entrants: Entrant[] = []
  for (const engine of engines) {
    const { abilities, close } = await openSubject(engine, smallest, 0, 0)
    await close()
    entrants.push({ engine, abilities })
  }
  return entrants
}

const smallest = buildSchema({
  collections: {
    items: { fields: { id: { type: 'id', args: [], nullable: false } }, indexes: [] },
  },
  naming: 'as_is',
})
