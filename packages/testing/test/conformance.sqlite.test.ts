import { describeEngine } from './describe-engine.ts'
import { sqliteEngine } from './engines.ts'

await describeEngine(sqliteEngine)
