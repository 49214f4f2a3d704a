export type {
  Adapter,
  AdapterContext,
  IsolationLevel,
  PoolStats,
  Session,
  TransactionSettings,
  WriteResult,
} from './adapter.ts'
export type { Capabilities } from './capabilities.ts'
