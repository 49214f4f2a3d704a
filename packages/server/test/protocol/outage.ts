import { WherryError, type Adapter } from '@wherry/core'
import { altered } from '../support/fixture.ts'

type Method = (...args: unknown[]) => unknown

/** A database that can go away: then whoever asks it anything fails. */
export class Outage {
  readonly adapter: Adapter
  readonly error: WherryError = new WherryError('DatabaseUnavailable', 'the disk is away')
  #isAway = false
  readonly #watchers = new Set<() => void>()

  constructor(base: Adapter) {
    const log = altered(this.#guarded(base.log, ['snapshot', 'head', 'read']), {
      watch: (onCommit) => {
        this.#watchers.add(onCommit)
        const unwatch = base.log.watch(onCommit)
        return () => {
          this.#watchers.delete(onCommit)
          unwatch()
        }
      },
    })
    const methods = ['find', 'aggregate', 'write', 'transaction', 'ping'] as const
    this.adapter = altered(this.#guarded(base, methods), { log })
  }

  begin(): void {
    this.#isAway = true
    // Whoever follows the log reads it only where something may be new.
    for (const onCommit of this.#watchers) onCommit()
  }

  end(): void {
    this.#isAway = false
  }

  #guarded<T extends object>(object: T, methods: readonly (keyof T)[]): T {
    const guarded = methods.map((name) => [
      name,
      async (...args: unknown[]) => {
        if (this.#isAway) throw this.error
        return Reflect.apply(object[name] as Method, object, args)
      },
    ])
    return altered(object, Object.fromEntries(guarded) as Partial<T>)
  }
}
