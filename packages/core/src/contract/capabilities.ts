/**
 * What an engine can do beyond the contract that all of them keep. A flag's comment says what it
 * means and what a caller does when it is false. A call that needs a capability which is not
 * there throws Unsupported; it is never imitated by halves.
 */
export interface Capabilities {
  /** What is acknowledged survives the end of the process. When false: keep nothing you need. */
  readonly durable: boolean

  /**
   * Several writes commit together. When false, `transaction` throws Unsupported, but for a mutation
   * of one write, and a call that writes several rows may stop half-way where the process or the
   * connection ends; put what belongs together into one row.
   */
  readonly transactions: boolean

  /**
   * Transactions may be serializable, which is then the default. When false: 'repeatable read' is, and
   * 'serializable' throws Unsupported; read what you decide by with `forUpdate`.
   */
  readonly serializable: boolean

  /**
   * A `t.ref` must name a row that exists, and a row that is referred to cannot be deleted. When
   * false: neither is checked; check it in the application.
   */
  readonly foreignKeys: boolean

  /** Other processes may use the same database at once. When false: one process, one service. */
  readonly sharedBetweenProcesses: boolean

  /**
   * The change log has all that is committed, whoever writes it. When false: it has what this service
   * itself writes; live queries show what others write once they are asked anew.
   */
  readonly externalChanges: boolean
}
