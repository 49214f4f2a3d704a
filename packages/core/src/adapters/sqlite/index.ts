export { sqlite, type SqliteOptions } from './adapter.ts'
