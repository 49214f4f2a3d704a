/** The WebSocket subprotocol. A change that old clients could not follow takes another name. */
export const subprotocol = 'wherry.v1'

/** What `hello` and `welcome` say. It grows with every change of the messages. */
export const protocolVersion = 1

/**
 * A fingerprint of all messages (SHA-256 of their JSON Schemas). A test compares it with what the
 * schemas are: whoever changes a message has to come here, and to raise the version above.
 */
export const wireHash = 'cf3237b8806f19a7b729d1caa1ae666c6756a37f911505cfe58e7fb88e344b2d'
