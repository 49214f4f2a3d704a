/** A listener that throws fails as an unhandled rejection, and not those who are told after it. */
export function tell<E>(listener: (event: E) => void, event: E): void {
  void (async () => listener(event))()
}
