import { remoteEngine } from '@wherry/testing'
import { describeEngine } from './describe-engine.ts'
import { mongodbEngine } from './engines.ts'

await describeEngine(remoteEngine(mongodbEngine), { concurrent: true })
