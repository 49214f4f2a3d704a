import { describeEngine } from './describe-engine.ts'
import { mysqlEngine } from './engines.ts'

await describeEngine(mysqlEngine, { concurrent: true })
