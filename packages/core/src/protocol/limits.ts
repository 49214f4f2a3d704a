/** The longest frame that a server takes, in bytes of UTF-8. */
export const maxFrameBytes: number = 64 * 1024

/** Where a client ends a frame and begins the next; a message that alone is longer is TooLarge. */
export const splitFrameBytes: number = 60 * 1024

/** The longest chunk of a snapshot, in UTF-16 units of its rows; one row is never split. */
export const maxChunkLength: number = 256 * 1024
