export { memory, type MemoryOptions } from './adapter.ts'
