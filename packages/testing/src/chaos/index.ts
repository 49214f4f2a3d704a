export { runLog, type LogOptions, type LogReport } from './log/run-log.ts'
export type { Faults } from './log/tracker.ts'
export { runOutage, type OutageOptions, type OutageReport } from './outage.ts'
