/** The WebSocket subprotocol. A change that old clients could not follow takes another name. */
export const subprotocol = 'wherry.v1'

/** What `hello` and `welcome` say. It grows with every change of the messages. */
export const protocolVersion = 1

/**
 * A fingerprint of all messages (SHA-256 of their JSON Schemas). A test compares it with what the
 * schemas are: whoever changes a message has to come here, and to raise the version above.
 */
export const wireHash = '9bfad9bf642ab117de52b265e09ea3b1a83fba8e0cde5bc156a0f30d8f742980'
