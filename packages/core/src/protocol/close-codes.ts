export type CloseReason =
  | 'Normal'
  | 'GoingAway'
  | 'Binary'
  | 'NotUtf8'
  | 'TooBig'
  | 'Malformed'
  | 'Crumbs'
  | 'Fault'
  | 'BadFrame'
  | 'HelloExpected'
  | 'HelloTimeout'
  | 'HelloRepeated'
  | 'WrongVersion'
  | 'IdInUse'
  | 'Silent'
  | 'TooSlow'
  | 'TooMany'

/**
 * Why a connection was closed. Below 4000: codes of RFC 6455, which the WebSocket library sends.
 * `reconnect` says whether the same client may expect to do better next time.
 */
export const closeCodes: Readonly<Record<CloseReason, CloseCode>> = {
  /** One side is done. */
  Normal: { code: 1000, reconnect: false },
  /** The server stops; another may be there, or it again. */
  GoingAway: { code: 1001, reconnect: true },
  /** What is no WebSocket frame. */
  Malformed: { code: 1002, reconnect: false },
  /** A binary frame. */
  Binary: { code: 1003, reconnect: false },
  /** A text frame that is no UTF-8. */
  NotUtf8: { code: 1007, reconnect: false },
  /** A message in more than 64 fragments. */
  Crumbs: { code: 1008, reconnect: false },
  /** A frame of more than 64 KiB. */
  TooBig: { code: 1009, reconnect: false },
  /** The server failed at something that is no fault of the client's. */
  Fault: { code: 1011, reconnect: true },
  /** A frame that is no JSON array of messages, or holds one that this version has not. */
  BadFrame: { code: 4400, reconnect: false },
  /** Something else before hello. */
  HelloExpected: { code: 4401, reconnect: false },
  /** No hello within ten seconds. */
  HelloTimeout: { code: 4402, reconnect: true },
  /** A second hello. */
  HelloRepeated: { code: 4403, reconnect: false },
  /** A version of the protocol that the server does not speak. */
  WrongVersion: { code: 4404, reconnect: false },
  /** The id of a request that is not answered, or of a subscription that has not ended. */
  IdInUse: { code: 4405, reconnect: false },
  /** Nothing was heard for two minutes. */
  Silent: { code: 4408, reconnect: true },
  /** It reads more slowly than it is written to. */
  TooSlow: { code: 4409, reconnect: true },
  /** More calls under way, or frames that wait for the welcome, than a connection may have. */
  TooMany: { code: 4429, reconnect: true },
}

export interface CloseCode {
  readonly code: number
  readonly reconnect: boolean
}

/** The codes with `reconnect: false`, once more: a client carries these, and not the whole table. */
export const finalCloseCodes: ReadonlySet<number> = new Set([
  1000, 1002, 1003, 1007, 1008, 1009, 4400, 4401, 4403, 4404, 4405,
])
