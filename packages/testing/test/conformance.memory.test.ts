import { describeEngine } from './describe-engine.ts'
import { memoryEngine } from './engines.ts'

describeEngine(memoryEngine)
