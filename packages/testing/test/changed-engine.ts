import type { Adapter } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import type { Engine } from '@wherry/testing'
import { memoryEngine } from './engines.ts'

/** The memory engine with something about its adapter changed. */
export function changed(
  change: (adapter: Adapter) => Partial<Adapter>,
  engine: Partial<Engine> = {},
): Engine {
  return {
    ...memoryEngine,
    ...engine,
    create: async (settings) => {
      const adapter = memory(settings)
      const override = change(adapter)
      const proxy = new Proxy(adapter, {
        get(target, name) {
          if (Object.hasOwn(override, name)) return override[name as keyof Adapter]
          const value: unknown = Reflect.get(target, name, target)
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        },
      })
      return { adapter: () => proxy, dispose: () => undefined }
    },
  }
}
