/**
 * Every code that a WherryError can carry. `retryable` says whether the same call, made again
 * unchanged, may succeed without anybody changing the data, the schema or the configuration.
 * `docs/reference/errors.md` explains each one.
 */
export const errorCodes = {
  // The caller's request
  InvalidSchema: { retryable: false },
  UnknownCollection: { retryable: false },
  UnknownField: { retryable: false },
  UnknownRelation: { retryable: false },
  UnknownOperator: { retryable: false },
  InvalidQuery: { retryable: false },
  InvalidCursor: { retryable: false },
  InvalidValue: { retryable: false },
  QueryTooComplex: { retryable: false },
  InvalidOptions: { retryable: false },
  Unsupported: { retryable: false },
  // The data
  NotFound: { retryable: false },
  VersionConflict: { retryable: false },
  UniqueViolation: { retryable: false },
  ForeignKeyViolation: { retryable: false },
  NotNullViolation: { retryable: false },
  CheckViolation: { retryable: false },
  OutOfRange: { retryable: false },
  CorruptValue: { retryable: false },
  // Transactions
  TransactionAborted: { retryable: false },
  TransactionTimeout: { retryable: false },
  MutationIdTaken: { retryable: false },
  OutsideTransaction: { retryable: false },
  SerializationFailure: { retryable: true },
  LockTimeout: { retryable: true },
  // The wire
  TooLarge: { retryable: false },
  LimitExceeded: { retryable: false },
  Timeout: { retryable: true },
  ConnectionRefused: { retryable: false },
  // The database
  NotConnected: { retryable: false },
  SchemaMismatch: { retryable: false },
  DatabaseMissing: { retryable: false },
  DatabaseReadOnly: { retryable: false },
  DatabaseCorrupt: { retryable: false },
  DatabaseUnavailable: { retryable: true },
  PositionLost: { retryable: false },
  DriverMissing: { retryable: false },
  UnknownOutcome: { retryable: false },
  Internal: { retryable: false },
} as const

export type ErrorCode = keyof typeof errorCodes

/** The codes that are retryable, once more: a client carries these, and not the whole table. */
export const retryableCodes: ReadonlySet<string> = new Set<ErrorCode>([
  'SerializationFailure',
  'LockTimeout',
  'Timeout',
  'DatabaseUnavailable',
])
