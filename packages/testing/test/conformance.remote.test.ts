import { remoteEngine } from '@wherry/testing'
import { describeEngine } from './describe-engine.ts'
import { memoryEngine, sqliteEngine } from './engines.ts'

await describeEngine(remoteEngine(memoryEngine))
await describeEngine(remoteEngine(sqliteEngine))
