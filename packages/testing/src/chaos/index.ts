export { runOutage, type OutageOptions, type OutageReport } from './outage.ts'
