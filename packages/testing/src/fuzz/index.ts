export { engines, oracle } from './engines.ts'
export {
  runFuzz,
  type FuzzFailure,
  type FuzzOptions,
  type FuzzProgress,
  type FuzzReport,
} from './fuzz.ts'
export { runFrames, type Crash, type FramesOptions, type FramesReport } from './frames/frames.ts'
export type { Reached } from './generate/coverage.ts'
export { createFuzzRuntime, type FuzzRuntime } from './lib/runtime.ts'
export type {
  Call,
  Check,
  Client,
  FuzzCase,
  Operation,
  Race,
  Revision,
  Single,
  Transaction,
  TurnOrder,
} from './operation.ts'
export type { Failure, Outcome, RowsByCollection } from './outcome.ts'
export {
  runLiveFuzz,
  type LiveFuzzFailure,
  type LiveFuzzOptions,
  type LiveFuzzReport,
} from './live/live.ts'
export { printLiveFailure } from './live/print-live.ts'
export type { LiveCase, LiveStep, LiveWish, LiveWrite } from './live/live-case.ts'
export type { LiveFault } from './live/judge.ts'
export { takeTurns, type Turn } from './race/take-turns.ts'
export { printFailure } from './report.ts'
export type { Mismatch } from './run/mismatch.ts'
export type { CollectionSpec, FieldSpec, IndexSpec, SchemaSpec } from './schema-spec.ts'
export type { Engine, OpenedEngine } from './subject.ts'
