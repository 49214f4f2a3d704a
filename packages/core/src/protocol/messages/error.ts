import type { ErrorCode } from '../../errors/codes.ts'
import type { Json } from '../../lib/json.ts'

/** Why a request, a mutation or a subscription failed. Nothing but what is safe to show. */
export interface ErrorMessage {
  readonly type: 'error'
  readonly id: number
  readonly code: ErrorCode
  readonly message: string
  /** As `error.details`; its `current` row is in the row codec. */
  readonly details?: { readonly [name: string]: Json } | undefined
}
