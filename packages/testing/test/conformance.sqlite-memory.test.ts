import { describeEngine } from './describe-engine.ts'
import { sqliteMemoryEngine } from './engines.ts'

describeEngine(sqliteMemoryEngine)
