export { Gate, type Call, type ReadResult } from './gate.ts'
export type { LiveSource } from './live-source.ts'
export type { ToldError } from './tell-error.ts'
