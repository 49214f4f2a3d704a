import { describeEngine } from './describe-engine.ts'
import { sqliteMemoryEngine } from './engines.ts'

await describeEngine(sqliteMemoryEngine)
