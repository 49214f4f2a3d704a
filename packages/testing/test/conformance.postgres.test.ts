import { describeEngine } from './describe-engine.ts'
import { postgresEngine } from './engines.ts'

await describeEngine(postgresEngine, { concurrent: true })
