/** The longest frame that a server takes, in bytes of UTF-8. */
export const maxFrameBytes: number = 65_536

/** Where a client ends a frame and begins the next; a message that alone is longer is TooLarge. */
export const splitFrameBytes: number = 61_440

/** The longest chunk of a snapshot, in UTF-16 units of its rows; one row is never split. */
export const maxChunkLength: number = 262_144

/** Calls under way, and subscriptions, that one connection may have of each. */
export const maxAtOnce = 1_000

/** The longest name of a collection, in UTF-16 units, and the most arguments, of a call. */
export const maxNameLength = 200
export const maxArguments = 3
