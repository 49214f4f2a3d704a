/** The WebSocket subprotocol. A change that old clients could not follow takes another name. */
export const subprotocol = 'wherry.v1'

/** What `hello` and `welcome` say. It grows with every change of the messages. */
export const protocolVersion = 1

/**
 * A fingerprint of all messages (SHA-256 of their JSON Schemas). A test compares it with what the
 * schemas are: whoever changes a message has to come here, and to raise the version above.
 */
export const wireHash = 'b5eb82246bbf1fccc78b120cdd4627db08a3c91a4e5c1d09e6733d686bcf3dbf'
