export type { AllowChannel, ChannelAction, Entered } from './channel-gate.ts'
export { Gate, type Call, type ReadResult } from './gate.ts'
export type { Source, SourceEvent } from './source.ts'
export type { ToldError } from './tell-error.ts'
