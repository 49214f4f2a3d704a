import { spawnSync } from 'node:child_process'

/** The numbers of two processors. */
export interface Cores {
  readonly server: string
  readonly generator: string
}

/**
 * A processor for the server and another for the load generator, which makes the server the one
 * that cannot keep up. Undefined where processes cannot be pinned, or there is one processor.
 */
export function chooseCores(): Cores | undefined {
  const { stdout } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' })
  const list = /: ([\d,-]+)\s*$/.exec(stdout ?? '')?.[1]
  if (list === undefined) return undefined
  const cores = list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number) as [number, number?]
    return Array.from({ length: last - first + 1 }, (_, index) => String(first + index))
  })
  const [server, generator] = cores
  return generator === undefined ? undefined : { server: server!, generator }
}

/** From now on this process, and what it starts, runs on this processor alone. */
export function runOn(core: string): void {
  spawnSync('taskset', ['-acp', core, String(process.pid)])
}
