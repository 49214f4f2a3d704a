import { describeEngine } from './describe-engine.ts'
import { mariadbEngine } from './engines.ts'

await describeEngine(mariadbEngine, { concurrent: true })
