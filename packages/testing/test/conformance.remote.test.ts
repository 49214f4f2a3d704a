import { remoteEngine } from '@wherry/testing'
import { describeEngine } from './describe-engine.ts'
import { memoryEngine, sqliteEngine } from './engines.ts'

describeEngine(remoteEngine(memoryEngine))
describeEngine(remoteEngine(sqliteEngine))
