/** Opens the conversation; nothing may come before it. */
export interface Hello {
  readonly type: 'hello'
  readonly version: number
  /** The hash of the schema that the client has kept from before; spares sending it again. */
  readonly schema?: string | undefined
}
