import type { Position } from '../contract/change-log.ts'
import { WherryError } from '../errors/wherry-error.ts'
import type { Json } from '../lib/json.ts'
import type { WireChange } from '../protocol/messages/wire-change.ts'
import type { Row } from '../schema/definition.ts'

/** What somebody outside wants to follow: the rows of a query, or the changes of a collection. */
export interface Source {
  /** The same for all who ask the same. */
  readonly form: string
  /** What is missed cannot be made up for from the log: there is a limit, an include, or measures. */
  readonly isWindow: boolean
  /** Its changes are to be told one by one, and there are no rows that would make up for them. */
  readonly isFeed: boolean
  /** Listens until what it returns is called. The first event has the rows, of which a feed has none. */
  subscribe(listener: (event: SourceEvent) => void): () => void
  encode(row: Row): Json
  /** What became of it between two positions. Throws PositionLost where that cannot be said. */
  missed(after: Position, upTo: Position): Promise<WireChange[]>
}

export type SourceEvent =
  | {
      readonly status: 'live'
      readonly rows: readonly Row[]
      readonly changes: readonly WireChange[]
      readonly position: Position
    }
  /** A feed goes on here, and what came before is lost. */
  | { readonly status: 'gap'; readonly position: Position }
  | { readonly status: 'error'; readonly error: unknown }

export function untold(): WherryError {
  return new WherryError(
    'PositionLost',
    'What was missed is too much, or more than the log shows; read the rows instead',
  )
}
