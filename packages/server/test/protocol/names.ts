import { conversations, isName } from '../../../core/test/protocol/pages.ts'

/** What the names in a conversation stand for, such as "<offset>". */
export class Names {
  readonly #values = new Map<string, unknown>(
    Object.entries(conversations.constants).map(([name, { repeat, times }]) => {
      return [name, repeat.repeat(times)]
    }),
  )

  /** The JSON with values for its names. Those that are new take what was heard in their place. */
  resolve(json: unknown, heard?: unknown): unknown {
    if (Array.isArray(json)) return json.map((item, index) => this.resolve(item, at(heard, index)))
    if (typeof json === 'object' && json !== null) {
      const entries = Object.entries(json)
      return Object.fromEntries(
        entries.map(([name, value]) => [name, this.resolve(value, at(heard, name))]),
      )
    }
    if (!isName(json)) return json
    if (json === '<?>') return heard
    if (!this.#values.has(json)) this.#values.set(json, heard)
    return this.#values.get(json)
  }
}

function at(heard: unknown, place: string | number): unknown {
  return (heard as { readonly [place: string | number]: unknown } | null | undefined)?.[place]
}
