import { WherryError } from '../errors/wherry-error.ts'
import type { SchemaDefinition } from '../schema/definition.ts'
import { Handle } from './collection-handle.ts'
import { got } from '../lib/got.ts'
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
        handle = new Handle(findCollection(schema, name), this.#executor)
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

function findCollection(schema: SchemaDefinition, name: string) {
  const definition = schema.collections.get(name)
  if (definition !== undefined) return definition
  throw new WherryError(
    'UnknownCollection',
    `The schema has no such collection, ${got(name)}; it has ${Array.from(schema.collections.keys()).join(', ')}`,
  )
}
