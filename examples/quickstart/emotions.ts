/** What a check-in can say. The page shows them in this order. */
export const emotions = ['happy', 'excited', 'calm', 'sad', 'anxious', 'angry'] as const
export type Emotion = (typeof emotions)[number]

/** The longest name and note, in characters. */
export const maxNameLength = 40
export const maxNoteLength = 500
