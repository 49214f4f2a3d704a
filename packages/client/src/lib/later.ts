/** Does it as soon as what runs now has returned; what it throws is an unhandled rejection. */
export function later(work: () => void): void {
  void Promise.resolve().then(work)
}
