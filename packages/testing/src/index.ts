export {
  absence,
  checkCapabilities,
  checkKnownGaps,
  runAdapterSuite,
  runAdapterSuites,
  type SuiteReport,
} from './adapter-suite.ts'
export { mountSuite, type MountedApp, type Mounting, type StartApp } from './mount-suite.ts'
export { createClock, type Clock } from './clock.ts'
export { createPair, type Pair, type PairOptions } from './pair.ts'
export { behaviours } from './scenarios/all.ts'
export { schemas, type SchemaName } from './schemas/all.ts'
export { checkPing, checkSnapshot } from './suite/adapter-checks.ts'
export type { DatabaseSettings, Engine, EngineDatabase, Expectations } from './suite/engine.ts'
export { remoteEngine } from './suite/remote.ts'
export { runScenario, titleOf, type ScenarioResult } from './suite/run-scenario.ts'
export type * from './suite/markers.ts'
export type { Fate, Tap } from './wire.ts'
export type * from './suite/scenario.ts'
