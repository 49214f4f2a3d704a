import { describeEngine } from './describe-engine.ts'
import { memoryEngine } from './engines.ts'

await describeEngine(memoryEngine)
