export { mysql } from './mysql.ts'
export { serverless, type ServerOptions } from '../sql/server/options.ts'
