import { describeEngine } from './describe-engine.ts'
import { pgliteEngine } from './engines.ts'

await describeEngine(pgliteEngine)
