import type { ErrorCode } from '../../errors/codes.ts'

/** The database cannot be read now: a channel's rows stand still until its next push. */
export interface Stalled {
  readonly type: 'stalled'
  readonly channel: string
  readonly code: ErrorCode
  readonly message: string
}
