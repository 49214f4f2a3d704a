/** Something about a database that its user should know. */
export interface Finding {
  /**
   * error: the contract is broken, such as by a collation that orders texts otherwise. warning: it
   * holds, but less lasts, or costs more, than it seems. note: what this engine cannot show.
   */
  readonly severity: 'error' | 'warning' | 'note'
  /** What it is about: a table, 'table.column', a setting of the engine. */
  readonly subject: string
  /** What is so, to be read behind the subject: 'users.email' 'may be null, the field may not'. */
  readonly problem: string
  /** What to do about it. */
  readonly remedy: string
}
