import { describeEngine } from './describe-engine.ts'
import { mongodbEngine, mongodbStandaloneEngine } from './engines.ts'

await describeEngine(mongodbEngine, { concurrent: true })
await describeEngine(mongodbStandaloneEngine, { concurrent: true })
