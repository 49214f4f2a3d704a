import type { Stopwatch } from './paced.ts'
import { newest } from './schema.ts'

/** Whoever has live queries of the readings: a service, or a client. */
export interface Follower {
  readonly readings: {
    live(query: typeof newest): {
      subscribe(listener: (event: { readonly changes: readonly Step[] }) => void): () => void
    }
  }
}

type Step =
  | { readonly type: 'insert'; readonly row: { readonly id: string } }
  | { readonly type: 'remove' | 'update' }

/**
 * Subscribes so many to one query, and resolves when each has its rows. A row that is inserted then
 * stops the watch when the last of them has been told. Returns what ends it.
 */
export async function follow(
  { readings }: Follower,
  count: number,
  watch: Stopwatch,
): Promise<() => void> {
  const told = new Map<string, number>()
  const stops: (() => void)[] = []
  const subscribe = () =>
    new Promise<void>((ready) => {
      const stop = readings.live(newest).subscribe(({ changes }) => {
        ready()
        for (const change of changes) if (change.type === 'insert') tell(change.row.id)
      })
      stops.push(stop)
    })
  const tell = (id: string) => {
    const times = (told.get(id) ?? 0) + 1
    told.set(id, times)
    if (times < count) return
    told.delete(id)
    watch.stop(id)
  }
  await Promise.all(Array.from({ length: count }, subscribe))
  return () => {
    for (const stop of stops) stop()
  }
}
