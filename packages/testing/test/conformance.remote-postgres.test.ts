import { remoteEngine } from '@wherry/testing'
import { describeEngine } from './describe-engine.ts'
import { postgresEngine } from './engines.ts'

await describeEngine(remoteEngine(postgresEngine), { concurrent: true })
