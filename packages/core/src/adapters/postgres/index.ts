export { postgres } from './postgres.ts'
export { serverless, type ServerOptions } from '../sql/server/options.ts'
