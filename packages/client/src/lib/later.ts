/** Does it as soon as what runs now has returned. */
export function later(work: () => void): void {
  void Promise.resolve().then(work)
}
