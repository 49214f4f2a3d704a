import { collectionOf } from '../schema/collection-of.ts'
import type { SchemaDefinition } from '../schema/definition.ts'
import { Handle } from './collection-handle.ts'
import type { Executor } from './executor.ts'

/** An object with a handle for every collection: what `data` and `tx` are, but for their methods. */
export interface Scope {
  collection(name: string): Handle
}

/** Makes scopes of one schema. A handle is made when it is first used, so scopes are cheap. */
export function createScopes(schema: SchemaDefinition): (executor: Executor) => Scope {
  class CollectionScope implements Scope {
    readonly #executor: Executor
    readonly #handles = new Map<string, Handle>()

    constructor(executor: Executor) {
      this.#executor = executor
    }

    collection(name: string): Handle {
      let handle = this.#handles.get(name)
      if (handle === undefined) {
        handle = new Handle(collectionOf(schema.collections, name), this.#executor)
        this.#handles.set(name, handle)
      }
      return handle
    }
  }
  for (const name of schema.collections.keys()) {
    Object.defineProperty(CollectionScope.prototype, name, {
      get(this: CollectionScope) {
        return this.collection(name)
      },
    })
  }
  return (executor) => new CollectionScope(executor)
}
